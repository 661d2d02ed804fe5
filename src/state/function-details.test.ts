import { describe, expect, it } from 'vitest';
import { parsePciAddress } from '../pci/notation.ts';
import { judged, mate, on } from '../../test/judged.ts';
import { className } from './class-names.ts';
import { detailsOf } from './function-details.ts';
import type { NodeDevice, ShownFacts } from './node-device.ts';

const ADDRESS = '0000:01:00.0';
const BARE: Partial<NodeDevice> = {
  ...{ vendor: 0x8086, device: 0x10c9, subsystemVendor: undefined, subsystemDevice: undefined, pciClass: 0x020000 },
  ...{ driver: undefined, driverOverride: undefined, iommuGroup: undefined, resetMethods: [], headerType: undefined },
  ...{ express: undefined, physicalFunction: undefined, sriov: undefined, netdevs: [], bootVga: false, zpci: undefined },
};
const UNSHOWN: ShownFacts = { revision: undefined, numaNode: undefined, link: undefined };
const details = ({ revision, numaNode, link, ...device }: Partial<NodeDevice & ShownFacts>, others: Partial<NodeDevice>[] = [], names: object = {}) => {
  const judgment = judged(ADDRESS, { device: { ...BARE, ...device } });
  return detailsOf(
    judgment,
    { revision, numaNode, link },
    { functions: [judgment.device, ...(others as NodeDevice[])] },
    names as Parameters<typeof detailsOf>[3],
  );
};

describe('all that is known of a function', () => {
  it('of which nothing is known is null, and nothing is left out', () => {
    expect(details({})).toEqual({
      ...{ address: ADDRESS, class: '0x0200', className: null, vendor: '0x8086', vendorName: null, device: '0x10c9', deviceName: null, driver: null },
      ...{ iommuGroup: null, pcie: null, physicalFunction: null, fid: null, uid: null, pchid: null, port: null },
      ...{ verdict: 'free', words: 'free', evidence: [], companions: [], nodeDevice: 'pci_0000_01_00_0' },
      ...{ subsystem: null, subsystemName: null, revision: null, headerType: 'unknown', driverOverride: null, groupMembers: [], resetMethods: [] },
      ...{ numaNode: null, bootVga: false, netdevs: [], sriov: null, link: null, zpci: null },
    });
  });

  it('is told in the notation of the field', () => {
    const zpci = { fid: 0x17, uid: 7, uidIsUnique: false, pchid: 0x128, port: 0, pft: 5, vfn: 0, pfgid: 1, functionHandle: 0x2f };
    const physicalFunction = parsePciAddress('0000:01:00.7');
    const device = {
      ...{ subsystemVendor: 0x8086, subsystemDevice: 0xa, revision: 1, headerType: 0, driver: 'igb', driverOverride: 'vfio-pci', iommuGroup: 0 },
      ...{ resetMethods: ['flr', 'bus'], numaNode: 0, bootVga: true, netdevs: ['eth0'], express: false, physicalFunction, zpci },
      sriov: { totalVfs: 7, numVfs: 0, virtualFunctions: [parsePciAddress('0000:01:10.0')] },
      link: { speed: '8.0 GT/s PCIe', width: '4', maxSpeed: '16.0 GT/s PCIe', maxWidth: '8' },
    };
    const names = { vendor: 'Intel', device: '82576', pciClass: 'Ethernet controller', subsystem: 'Card' };
    expect(details(device, [], names)).toMatchObject({
      ...{ className: 'Ethernet controller', vendorName: 'Intel', deviceName: '82576', subsystemName: 'Card', driver: 'igb', iommuGroup: 0, pcie: false },
      ...{ subsystem: '0x8086:0x000a', revision: '0x01', headerType: 'endpoint', driverOverride: 'vfio-pci', resetMethods: ['flr', 'bus'], numaNode: 0 },
      ...{ bootVga: true, netdevs: ['eth0'], physicalFunction: '0000:01:00.7', fid: '0x00000017', uid: '0x0007', pchid: '0x0128', port: 0 },
      sriov: { totalVfs: 7, numVfs: 0, virtualFunctions: ['0000:01:10.0'] },
      link: { speed: '8.0 GT/s PCIe', width: '4', maxSpeed: '16.0 GT/s PCIe', maxWidth: '8' },
      zpci: { uidIsUnique: false, pft: '0x05', vfn: 0, pfgid: '0x01', functionHandle: '0x0000002f' },
    });
  });

  it('is null in parts where parts are not known', () => {
    const zpci = {
      fid: undefined,
      uid: 0,
      uidIsUnique: undefined,
      pchid: undefined,
      port: undefined,
      pft: undefined,
      vfn: undefined,
      pfgid: undefined,
      functionHandle: undefined,
    };
    const sriov = { totalVfs: undefined, numVfs: undefined, virtualFunctions: [] };
    const link = { speed: undefined, width: undefined, maxSpeed: undefined, maxWidth: undefined };
    expect(details({ zpci, sriov, link, subsystemVendor: 1 })).toMatchObject({
      ...{ subsystem: null, fid: null, uid: null, pchid: null, port: null },
      sriov: { totalVfs: null, numVfs: null, virtualFunctions: [] },
      link: { speed: null, width: null, maxSpeed: null, maxWidth: null },
      zpci: { uidIsUnique: null, pft: null, vfn: null, pfgid: null, functionHandle: null },
    });
    expect(details({ subsystemDevice: 1 }).subsystem).toBeNull();
  });

  it.each([
    [0, 'endpoint'],
    [1, 'pci-bridge'],
    [2, 'cardbus-bridge'],
    [3, 'unknown'],
  ] as const)('with header type %i is %s', (headerType, name) => {
    expect(details({ headerType }).headerType).toBe(name);
  });

  it('has the others of its group, and nobody where it has none', () => {
    const others = [
      { address: parsePciAddress('0000:01:00.1'), iommuGroup: 7 },
      { address: parsePciAddress('0000:01:00.2'), iommuGroup: 8 },
      { address: parsePciAddress('0000:01:00.3'), iommuGroup: undefined },
    ];
    expect(details({ iommuGroup: 7 }, others).groupMembers).toEqual(['0000:01:00.1']);
    expect(details({ iommuGroup: undefined }, others).groupMembers).toEqual([]);
  });

  it('has the verdict, in words with what must go along', () => {
    const judgment = judged(ADDRESS, { companions: [mate('0000:01:00.1')], device: BARE });
    expect(detailsOf(judgment, UNSHOWN, { functions: [] }, {} as never)).toMatchObject({
      ...{ verdict: 'free', words: 'free together with 0000:01:00.1 (audio device, snd_hda_intel)' },
    });
    const used = judged(ADDRESS, { verdict: 'in use', evidence: [on('sda', 'swap')], device: BARE });
    expect(detailsOf(used, UNSHOWN, { functions: [] }, {} as never)).toMatchObject({ verdict: 'in use', words: 'in use', evidence: ['sda → swap'] });
  });
});

describe('what a function is by its class', () => {
  // As the specification has them, whatever the programming interface.
  it.each([
    ...([
      [0x0100, 'SCSI controller'],
      [0x0101, 'IDE controller'],
      [0x0104, 'RAID controller'],
      [0x0105, 'ATA controller'],
      [0x0106, 'SATA controller'],
    ] as const),
    ...([
      [0x0107, 'SAS controller'],
      [0x0108, 'NVMe controller'],
      [0x0180, 'storage controller'],
      [0x0200, 'Ethernet controller'],
    ] as const),
    ...([
      [0x0207, 'InfiniBand controller'],
      [0x0280, 'network controller'],
      [0x0201, 'network controller'],
      [0x0300, 'VGA controller'],
    ] as const),
    ...([
      [0x0302, '3D controller'],
      [0x0380, 'display controller'],
      [0x0301, 'display controller'],
      [0x0403, 'audio device'],
      [0x0401, 'multimedia device'],
    ] as const),
    ...([
      [0x0580, 'memory controller'],
      [0x0500, 'memory controller'],
      [0x0600, 'host bridge'],
      [0x0601, 'ISA bridge'],
      [0x0604, 'PCI bridge'],
    ] as const),
    ...([
      [0x0607, 'CardBus bridge'],
      [0x0680, 'bridge'],
      [0x0780, 'communication controller'],
      [0x0700, 'communication controller'],
    ] as const),
    ...([
      [0x0800, 'interrupt controller'],
      [0x0801, 'DMA controller'],
      [0x0880, 'system peripheral'],
      [0x0c00, 'FireWire controller'],
    ] as const),
    ...([
      [0x0c03, 'USB controller'],
      [0x0c05, 'SMBus'],
      [0x0c80, 'serial bus controller'],
      [0x0c04, 'serial bus controller'],
    ] as const),
    ...([
      [0x0d11, 'wireless controller'],
      [0x1000, 'encryption controller'],
      [0x1180, 'signal processing controller'],
    ] as const),
    ...([
      [0x1200, 'processing accelerator'],
      [0x1201, 'processing accelerator'],
      [0xff00, 'function of class 0xff'],
      [0x0900, 'function of class 0x09'],
    ] as const),
  ])('%i is a %s', (code, name) => {
    expect(className(code << 8)).toBe(name);
    expect(className((code << 8) | 0x42)).toBe(name);
  });
});
