import { describe, expect, it } from 'vitest';
import { pciNames } from './names.ts';

const FILE = `# a comment
0e11  Compaq Computer Corporation
\t0001  PCI to EISA Bridge
1af4  Red Hat, Inc.
\t1000  Virtio network device
\t\t1af4 0001  A legacy card
# between entries
\t1041  Virtio 1.0 network device
1b36  Red Hat, Inc.

C 01  Mass storage controller
\t08  Non-Volatile memory controller
\t\t02  NVM Express
C 02  Network controller
`;
const lookup = pciNames(new TextEncoder().encode(FILE));

describe('names from pci.ids', () => {
  it('finds vendor, device and subclass', () => {
    expect(lookup({ vendor: 0x1af4, device: 0x1041, pciClass: 0x010802 })).toEqual({
      vendor: 'Red Hat, Inc.',
      device: 'Virtio 1.0 network device',
      subsystem: undefined,
      pciClass: 'Non-Volatile memory controller',
    });
  });

  it('finds a subsystem below its device', () => {
    expect(lookup({ vendor: 0x1af4, device: 0x1000, subsystemVendor: 0x1af4, subsystemDevice: 1, pciClass: 0x020000 }).subsystem).toBe('A legacy card');
  });

  it('falls back to the base class, and to nothing', () => {
    expect(lookup({ vendor: 0xffff, device: 1, pciClass: 0x02ff00 })).toMatchObject({ vendor: undefined, device: undefined, pciClass: 'Network controller' });
    expect(lookup({ vendor: 0xffff, device: 1, pciClass: 0xff0000 }).pciClass).toBeUndefined();
  });

  it('knows base classes without any file', () => {
    expect(pciNames(undefined)({ vendor: 1, device: 1, pciClass: 0x030000 }).pciClass).toBe('Display controller');
  });

  it('does not take the name of one vendor for another whose id appears inside it', () => {
    expect(lookup({ vendor: 0x1000, device: 0x1000, pciClass: 0 }).vendor).toBeUndefined();
  });
});
