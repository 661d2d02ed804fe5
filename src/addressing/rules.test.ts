/** Rules that none of libvirt's golden cases exercises. */
import { describe, expect, it } from 'vitest';
import type { Capabilities } from './capabilities/capabilities.ts';
import { presetCapabilities } from './capabilities/presets.ts';
import { expandDomain } from './expand.ts';
import type { HostFacts } from './host-facts.ts';
import { assignHotplug } from './hotplug.ts';
import type { PlaceOptions } from './place.ts';

const without = (arch: string, ...flags: string[]): Capabilities => {
  const preset = presetCapabilities(arch);
  return { ...preset, flags: new Set([...preset.flags].filter((flag) => !flags.includes(flag))) };
};

const definition = (arch: string, machine: string, devices: string): string =>
  `<domain type='kvm'><os><type arch='${arch}' machine='${machine}'>hvm</type></os><devices>${devices}<memballoon model='none'/></devices></domain>`;
const q35 = (devices: string): string => definition('x86_64', 'q35', `<controller type='usb' model='none'/>${devices}`);
const hostdev = (bus: number, address = ''): string =>
  `<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x${bus.toString(16)}' slot='0' function='0'/></source>${address}</hostdev>`;

const host = (express: boolean, iommuGroup?: number): HostFacts => ({
  known: true,
  pciFunction: () => ({ express, iommuGroup }),
  networkForward: (name) => (name === 'pool' ? 'hostdev' : undefined),
});

/** Kind or controller model, and address, of everything on PCI. */
function placed(source: string, options: PlaceOptions = {}): string[] {
  const result = expandDomain(source, options);
  if (!result.ok) return result.problems.map((problem) => problem.code);
  return result.placements.flatMap((p) =>
    p.address === undefined ? [] : [`${p.controller?.model ?? p.kind} ${p.address}${p.controller === undefined ? '' : ` as ${p.controller.index}`}`],
  );
}

describe('a PCI host device on a PCIe guest', () => {
  it('that is PCIe on the host goes behind a root port', () => {
    expect(placed(q35(hostdev(1)), { host: host(true) })).toEqual(
      ['hostdev 01:00.0', 'sata', 'pcie-root-port 00:01.0 as 1', 'pcie-root-port 00:01.1 as 2'].flatMap((line) =>
        line === 'sata' ? ['controller 00:1f.2'] : [line],
      ),
    );
  });

  it('that the host does not have counts as PCIe', () => {
    expect(placed(q35(hostdev(1)))).toContain('hostdev 01:00.0');
  });

  it('that is conventional on the host gets a root port with a pcie-to-pci-bridge', () => {
    expect(placed(q35(hostdev(1)), { host: host(false) })).toEqual([
      'hostdev 02:01.0',
      'controller 00:1f.2',
      'pcie-root-port 00:01.0 as 1',
      'pcie-to-pci-bridge 01:00.0 as 2',
      'pcie-root-port 00:01.1 as 3',
    ]);
  });

  it('gets a dmi-to-pci-bridge and a pci-bridge from a QEMU without pcie-pci-bridge', () => {
    expect(placed(q35(hostdev(1)), { host: host(false), capabilities: without('x86_64', 'pcie-pci-bridge') })).toEqual([
      'hostdev 02:01.0',
      'controller 00:1f.2',
      'dmi-to-pci-bridge 00:1e.0 as 1',
      'pci-bridge 01:00.0 as 2',
      'pcie-root-port 00:01.0 as 3',
    ]);
  });

  it('gets an ioh3420 port from a QEMU without pcie-root-port', () => {
    const result = expandDomain(q35(hostdev(1)), { capabilities: without('x86_64', 'pcie-root-port') });
    expect(result.ok && result.placements.find((p) => p.controller?.model === 'pcie-root-port')?.controller).toMatchObject({
      modelName: 'ioh3420',
      port: 8,
      chassis: 1,
    });
  });

  it('with an address on a bus that is missing gets a root port there, and its slot must be one of that port', () => {
    expect(placed(q35(hostdev(1, "<address type='pci' domain='0' bus='1' slot='0' function='0'/>")))).toContain('hostdev 01:00.0');
    expect(placed(q35(hostdev(1, "<address type='pci' domain='0' bus='1' slot='5' function='0'/>")))).toEqual(['guest-address-invalid']);
  });
});

describe('a conventional device of a PCIe guest', () => {
  it('whose address names the first bus that is missing moves to the bus behind it', () => {
    const nic = "<interface type='user'><model type='e1000'/><address type='pci' domain='0' bus='1' slot='5' function='0'/></interface>";
    expect(placed(q35(nic))).toContain('interface 02:05.0');
  });
});

describe('the slot that is kept free on pci-root', () => {
  const many = (count: number): string => definition('s390x', 's390-ccw-virtio', Array.from({ length: count }, (_, i) => hostdev(i + 1)).join(''));

  it('lets 30 host devices do without a bridge, the 31st adds one', () => {
    expect(placed(many(30)).filter((line) => line.startsWith('pci-bridge'))).toEqual([]);
    expect(placed(many(31)).filter((line) => line.startsWith('pci-bridge'))).toEqual(['pci-bridge 00:01.0 as 1']);
  });

  it('does not help where the bridge itself finds no slot any more', () => {
    expect(placed(many(60)).filter((line) => line.startsWith('pci-bridge'))).toEqual(['pci-bridge 00:01.0 as 1']);
    expect(placed(many(61))).toEqual(['guest-address-none-left']);
  });
});

describe('a network pool on pSeries', () => {
  it('has a host bridge of its own, as its function may be of any group', () => {
    const nic = (mac: number): string => `<interface type='network'><mac address='52:54:00:00:00:0${mac}'/><source network='pool'/></interface>`;
    const result = placed(definition('ppc64', 'pseries', `<controller type='usb' model='none'/>${nic(1)}${nic(2)}`), { host: host(true, 3) });
    expect(result).toEqual(['interface 01:01.0', 'interface 02:01.0']);
  });
});

describe('zPCI ids', () => {
  it('run out at 65,535 uids', () => {
    const bridges = Array.from({ length: 255 }, (_, i) => `<controller type='pci' index='${i + 1}' model='pci-bridge'/>`).join('');
    const result = expandDomain(
      definition('s390x', 's390-ccw-virtio', `${bridges}${hostdev(1, "<address type='pci'><zpci uid='0xffff'/></address>")}${hostdev(2)}`),
    );
    expect(result.ok && result.placements.filter((p) => p.kind === 'hostdev').map((p) => p.zpci)).toEqual([
      { uid: 0xffff, fid: 0 },
      { uid: 1, fid: 1 },
    ]);
  });
});

describe('plugging into a running guest', () => {
  const live = (source: string, options: PlaceOptions = {}): string => {
    const result = expandDomain(source, options);
    if (!result.ok) throw new Error(result.problems[0]?.message);
    return result.xml;
  };
  const place = (domain: string, device: string, options: PlaceOptions = {}): unknown => {
    const result = assignHotplug(domain, device, options);
    return result.ok ? { bus: result.place.address.bus, slot: result.place.address.slot, zpci: result.place.zpci } : result.problems.map((p) => p.code);
  };

  const i440fx = (devices: string): string => definition('x86_64', 'pc', devices).replace('<devices>', '<features><acpi/></features><devices>');

  it('on i440fx needs ACPI, or a bridge', () => {
    const bridge = "<controller type='pci' index='1' model='pci-bridge'/>";
    expect(place(live(definition('x86_64', 'pc', '')), hostdev(1))).toEqual(['guest-address-none-left']);
    expect(place(live(definition('x86_64', 'pc', bridge)), hostdev(1))).toMatchObject({ bus: 1, slot: 1 });
    expect(place(live(i440fx(bridge)), hostdev(1))).toMatchObject({ bus: 0 });
  });

  it('does not go on an expander, but on a bridge that is there', () => {
    const expander = "<controller type='pci' index='1' model='pci-expander-bus'/>";
    const onExpander = "<controller type='pci' index='2' model='pci-bridge'><address type='pci' bus='1' slot='0'/></controller>";
    const at = (bus: number): string => `<address type='pci' domain='0' bus='${bus}' slot='3' function='0'/>`;
    expect(place(live(i440fx(expander)), hostdev(1, at(1)))).toEqual(['guest-address-invalid']);
    expect(place(live(i440fx(expander + onExpander)), hostdev(1, at(2)))).toMatchObject({ bus: 2, slot: 3 });
  });

  it('on q35 takes the spare root port, never pcie-root', () => {
    expect(place(live(q35(hostdev(1))), hostdev(2))).toEqual({ bus: 2, slot: 0, zpci: undefined });
  });

  it('on q35 is refused when no port is free', () => {
    const full = live(q35(`<controller type='pci' index='1' model='pcie-root-port'/>${hostdev(1)}`));
    expect(place(full, hostdev(2))).toEqual(['guest-address-none-left']);
  });

  it('does not use a port with hotplug off', () => {
    const off = live(q35("<controller type='pci' index='1' model='pcie-root-port'><target hotplug='off'/></controller>"));
    expect(place(off, hostdev(2))).toEqual(['guest-address-none-left']);
  });

  it('on IBM Z takes the lowest free slot and ids', () => {
    const guest = live(definition('s390x', 's390-ccw-virtio', hostdev(1)));
    expect(place(guest, hostdev(2))).toEqual({ bus: 0, slot: 2, zpci: { uid: 2, fid: 1 } });
    expect(place(guest, hostdev(2, "<address type='pci'><zpci uid='0x21'/></address>"))).toEqual({ bus: 0, slot: 2, zpci: { uid: 0x21, fid: 1 } });
    expect(place(guest, hostdev(2, "<address type='pci'><zpci uid='1'/></address>"))).toEqual(['zpci-uid-in-use']);
  });

  it('keeps an address that is given, if it is free, function 0 and hot-pluggable', () => {
    const guest = live(i440fx(hostdev(1)));
    const at = (bus: number, slot: number, fn = 0): string => `<address type='pci' domain='0' bus='${bus}' slot='${slot}' function='${fn}'/>`;
    expect(place(guest, hostdev(2, at(0, 9)))).toEqual({ bus: 0, slot: 9, zpci: undefined });
    expect(place(guest, hostdev(2, at(0, 1)))).toEqual(['guest-address-in-use']);
    expect(place(guest, hostdev(2, at(0, 9, 1)))).toEqual(['guest-address-invalid']);
    expect(place(live(q35('')), hostdev(2, at(0, 9)))).toEqual(['guest-address-invalid']);
  });

  it.each<[string, string, string]>([
    ['an unassigned one', hostdev(2, "<address type='unassigned'/>"), 'guest-address-type'],
    ['one with an address of another type', hostdev(2, "<address type='ccw'/>"), 'guest-address-type'],
    ['a channel device', "<hostdev mode='subsystem' type='mdev' model='vfio-ccw'><source><address uuid='x'/></source></hostdev>", 'guest-address-type'],
    ['one with uid 0', hostdev(2, "<address type='pci'><zpci uid='0'/></address>"), 'uid-range'],
    ['one that the guest has', hostdev(1), 'hostdev-present'],
    ['one without source', "<hostdev mode='subsystem' type='pci'/>", 'source-invalid'],
  ])('refuses %s', (_, device, code) => {
    expect(place(live(definition('s390x', 's390-ccw-virtio', hostdev(1))), device)).toEqual([code]);
  });

  it('asks for IOMMU groups on pSeries alone: elsewhere functions of different groups share a bus', () => {
    const groups = (bus: number): HostFacts => ({
      known: true,
      pciFunction: (address) => ({ express: false, iommuGroup: address.bus === bus ? 1 : 2 }),
      networkForward: () => undefined,
    });
    const options = { host: groups(1) };
    expect(place(live(i440fx(hostdev(1)), options), hostdev(2), options)).toMatchObject({ bus: 0, slot: 3 });
    const pseries = definition('ppc64', 'pseries', `<controller type='usb' model='none'/>${hostdev(1)}`);
    expect(place(live(pseries, options), hostdev(2), options)).not.toMatchObject({ bus: 0, slot: 2 });
  });

  it('on i440fx begins at slot 2, on pSeries at a host bridge that is not locked', () => {
    expect(place(live(i440fx('')), hostdev(1))).toMatchObject({ bus: 0, slot: 2 });
    const options = { host: host(true, 11) };
    expect(
      place(
        live(definition('ppc64', 'pseries', "<controller type='usb' model='none'/><controller type='pci' index='1' model='pci-root'/>"), options),
        hostdev(1),
        options,
      ),
    ).toMatchObject({ bus: 1, slot: 1 });
  });
});

it('an empty version of QEMU is refused, also where the preset without one was asked for before', () => {
  expect(presetCapabilities('x86_64').machines).not.toEqual([]);
  expect(() => presetCapabilities('x86_64', '')).toThrow();
});
