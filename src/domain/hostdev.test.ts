import { describe, expect, it } from 'vitest';
import { pciAddress } from '../pci/address.ts';
import { readDomain } from './domain.ts';
import { addHostdevs, findHostdev, removeHostdevs } from './edit.ts';
import { readHostdevs } from './hostdev.ts';
import { checkMac, formatHostdev, type HostdevSpec } from './hostdev-xml.ts';

const SOURCE = pciAddress(2, 0, 0, 0);
const inDomain = (lines: readonly string[]): string => `<domain type='kvm'><devices>\n${lines.join('\n')}\n</devices></domain>`;
const readBack = (spec: HostdevSpec): ReturnType<typeof readHostdevs>[number] | undefined => readHostdevs(readDomain(inDomain(formatHostdev(spec))))[0];

describe('a hostdev that is written is read back', () => {
  it('with nothing but its source', () => {
    expect(readBack({ source: SOURCE })).toMatchObject({
      form: 'hostdev',
      mode: 'subsystem',
      type: 'pci',
      managed: true,
      source: SOURCE,
      driver: { name: 'vfio', model: undefined, iommufd: undefined },
      address: undefined,
    });
  });

  it('with everything', () => {
    const spec: HostdevSpec = {
      source: SOURCE,
      managed: false,
      driverModel: 'mlx5_vfio_pci',
      guestAddress: pciAddress(0, 1, 2, 3),
      multifunction: true,
      zpci: { uid: 0x21, fid: 0 },
      rom: { file: "/rom's & more" },
      bootOrder: 2,
    };
    expect(readBack(spec)).toMatchObject({
      managed: false,
      driver: { model: 'mlx5_vfio_pci' },
      bootOrder: 2,
      rom: { file: "/rom's & more", bar: undefined },
      address: { type: 'pci', pci: spec.guestAddress, multifunction: 'on', zpci: { uid: 0x21, fid: 0 } },
    });
  });

  it.each([
    ['on', { bar: 'on', file: undefined, enabled: undefined }],
    ['off', { bar: 'off', file: undefined, enabled: undefined }],
    ['none', { bar: undefined, file: undefined, enabled: 'no' }],
  ] as const)('with rom %s', (rom, expected) => {
    expect(readBack({ source: SOURCE, rom })?.rom).toEqual(expected);
  });

  it('as interface with MAC and VLAN', () => {
    expect(readBack({ source: SOURCE, interface: { mac: '52:54:00:6d:90:02', vlan: 42 } })).toMatchObject({
      form: 'interface',
      type: 'pci',
      managed: true,
      mac: '52:54:00:6d:90:02',
      vlan: { trunk: false, tags: [42] },
      source: SOURCE,
    });
  });

  it('as interface with a virtual port', () => {
    const virtualport = { type: '802.1Qbh', parameters: { profileid: 'finance' } };
    expect(readBack({ source: SOURCE, interface: { virtualport } })?.virtualport).toEqual(virtualport);
  });

  it('keeps a missing id apart from 0', () => {
    expect(readBack({ source: SOURCE, zpci: { fid: 0 } })?.address?.zpci).toEqual({ fid: 0 });
    expect(readBack({ source: SOURCE, zpci: { uid: 5 } })?.address?.zpci).toEqual({ uid: 5 });
  });
});

describe('what an element cannot say is refused', () => {
  it.each([
    ['a guest domain other than 0', { guestAddress: pciAddress(0x21, 0, 1, 0) }, 'guest-address-domain'],
    ['uid 0', { zpci: { uid: 0 } }, 'uid-range'],
    ['a fid above 32 bits', { zpci: { fid: 2 ** 32 } }, 'fid-range'],
    ['boot order 0', { bootOrder: 0 }, 'number-malformed'],
    ['a boot order above 32 bits', { bootOrder: 2 ** 32 }, 'number-malformed'],
    [
      'a parameter of a virtual port whose name is none',
      { interface: { virtualport: { type: '802.1Qbh', parameters: { profileid: 'a', "profileid='a'/></virtualport><evil x": '1' } } } },
      'xml-malformed',
    ],
    ['a multicast MAC', { interface: { mac: '53:54:00:6d:90:02' } }, 'mac-malformed'],
    ['VLAN 4096', { interface: { vlan: 4096 } }, 'number-malformed'],
    ['a VLAN together with a virtual port', { interface: { vlan: 1, virtualport: { type: '802.1Qbh', parameters: {} } } }, 'option-conflict'],
    ['802.1Qbh without profile', { interface: { virtualport: { type: '802.1Qbh', parameters: {} } } }, 'interface-invalid'],
    ['802.1Qbg without type', { interface: { virtualport: { type: '802.1Qbg', parameters: { managerid: '1' } } } }, 'interface-invalid'],
  ] as const)('%s', (_, more, code) => {
    expect(() => formatHostdev({ source: SOURCE, ...more })).toThrow(expect.objectContaining({ code }) as Error);
  });

  const port = (name: string, text: string): (() => unknown) => {
    const parameters = { managerid: '11', typeid: '1193047', typeidversion: '2', [name]: text };
    return () => formatHostdev({ source: SOURCE, interface: { virtualport: { type: '802.1Qbg', parameters } } });
  };

  it.each([
    ['managerid', '256', '255'],
    ['managerid', '-1', '0'],
    ['managerid', '0x100', '0xff'],
    ['managerid', '', '011'],
    ['typeid', '16777216', '16777215'],
    ['typeid', '0x1000000', '0xffffff'],
    ['typeidversion', '300', '0x0A'],
    ['instanceid', 'zz', '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'],
    ['interfaceid', '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4', '09b11c538b5c4eeb8f00d84eaa0aaa4f'],
    ['profileid', 'a'.repeat(40), 'a'.repeat(39)],
    ['profileid', '', 'finance'],
  ])("%s '%s' of a virtual port, not '%s'", (name, wrong, right) => {
    expect(port(name, wrong)).toThrow(expect.objectContaining({ code: 'interface-invalid' }) as Error);
    expect(port(name, right)).not.toThrow();
  });

  it.each(['', '52:54:00:6d:90', '52-54-00-6d-90-02', '00:00:00:00:00:00', 'gg:54:00:6d:90:02'])('%j is not a MAC address', (mac) => {
    expect(() => checkMac(mac)).toThrow(expect.objectContaining({ code: 'mac-malformed' }) as Error);
  });
});

describe('putting into a definition and taking out', () => {
  const definition = '<domain>\n  <devices>\n    <disk/>\n    <memballoon model="none"/>\n  </devices>\n</domain>\n';

  it('goes before what libvirt writes behind host devices', () => {
    const added = addHostdevs(readDomain(definition), [{ source: SOURCE }]);
    expect(added.indexOf('<hostdev')).toBeGreaterThan(added.indexOf('<disk'));
    expect(added.indexOf('</hostdev>')).toBeLessThan(added.indexOf('<memballoon'));
  });

  it('refuses a function that the guest has, as hostdev or as interface', () => {
    for (const present of [{ source: SOURCE }, { source: SOURCE, interface: {} }]) {
      const domain = readDomain(addHostdevs(readDomain(definition), [present]));
      expect(() => addHostdevs(domain, [{ source: SOURCE }])).toThrow(expect.objectContaining({ code: 'hostdev-present' }) as Error);
      expect(findHostdev(domain, SOURCE)).toBeDefined();
    }
  });

  it('takes out what was put in', () => {
    const others = [SOURCE, pciAddress(7, 0, 0, 0)];
    const added = addHostdevs(
      readDomain(definition),
      others.map((source) => ({ source })),
    );
    expect(removeHostdevs(readDomain(added), others)).toBe(definition);
  });

  it('says what the guest has instead of a function it has not', () => {
    const domain = readDomain(addHostdevs(readDomain(definition), [{ source: SOURCE }]));
    expect(() => removeHostdevs(domain, [pciAddress(9, 0, 0, 0)])).toThrow(
      expect.objectContaining({ code: 'hostdev-absent', hint: 'it has 0002:00:00.0' }) as Error,
    );
  });

  it('makes <devices> where there is none', () => {
    expect(addHostdevs(readDomain('<domain>\n  <name>a</name>\n</domain>'), [{ source: SOURCE }])).toContain('  <devices>\n    <hostdev ');
  });
});

describe('positions of what cannot be read', () => {
  it.each([
    ["<address type='pci' slot='0x20'/>", 'guest-address-invalid', 2, 27],
    ["<address type='pci' bus='x' slot='1'/>", 'number-malformed', 2, 26],
    ["<address slot='1'/>", 'domain-malformed', 2, 1],
  ])('%s', (address, code, line, column) => {
    const domain = readDomain(`<domain><devices><hostdev type='pci'>\n${address}</hostdev></devices></domain>`, { file: 'g.xml' });
    expect(() => readHostdevs(domain)).toThrow(expect.objectContaining({ code, location: { file: 'g.xml', line, column } }) as Error);
  });
});
