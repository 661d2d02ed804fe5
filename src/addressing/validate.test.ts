import { describe, expect, it } from 'vitest';
import type { HostFacts, HostFunctionFacts } from './host-facts.ts';
import { expandDomain } from './expand.ts';
import { readCapabilities } from './capabilities/read.ts';
import type { PlaceOptions } from './place.ts';
import { guestTopology } from './topology.ts';
import { validateDomain } from './validate.ts';

const definition = (machine: string, devices: string, more = '', os = ''): string =>
  `<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>g</name><os><type arch='x86_64' machine='${machine}'>hvm</type>${os}</os>
<devices>${devices}</devices>${more}</domain>`;
const hostdev = (bus: string, more = ''): string =>
  `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='${bus}' slot='0' function='0'/></source>${more}</hostdev>`;
const at = (bus: number, slot: number, fn = 0): string => `<address type='pci' domain='0' bus='${bus}' slot='${slot}' function='${fn}'/>`;
const disk = (target: string, more = ''): string => `<disk type='file' device='disk'><source file='/a'/><target dev='${target}' bus='sata'/>${more}</disk>`;
const vf = (more: string): string =>
  `<interface type='hostdev' managed='yes'><source><address type='pci' domain='0' bus='0x3b' slot='2' function='0'/></source>${more}</interface>`;

const found = (source: string, options: PlaceOptions = {}): string[] =>
  validateDomain(source, options).map(({ severity, code, message }) => `${severity} ${code}: ${message}`);

describe('a definition that was moved to another machine type', () => {
  it('to q35 hears of the root and of every device that is where q35 has something else, in one run', () => {
    const sata = `<controller type='sata' index='0'>${at(0, 7)}</controller>`;
    const problems = found(definition('pc-q35-9.2', `<controller type='pci' index='0' model='pci-root'/>${sata}${hostdev('1', at(0, 5))}`));
    expect(problems).toEqual([
      "error controller-invalid: controller pci 0 has model 'pci-root', but a pc-q35-9.2 guest has pcie-root",
      'error guest-address-invalid: controller sata 0 is at 00:07.0, but the ICH9 SATA controller is function 2 of slot 0x1f',
    ]);
  });

  it('to i440fx hears which controllers do not exist there, and which addresses follow from them', () => {
    const controllers = "<controller type='pci' index='0' model='pcie-root'/><controller type='pci' index='1' model='pcie-root-port'/>";
    expect(found(definition('pc-i440fx-9.2', `${controllers}${hostdev('1', at(1, 0))}`))).toEqual([
      "error controller-invalid: controller pci 0 has model 'pcie-root', but a pc-i440fx-9.2 guest has pci-root",
      'error controller-invalid: controller pci 1 is a pcie-root-port, which does not exist on i440fx',
      'error guest-address-invalid: hostdev 0000:01:00.0 at 01:00.0: slot 0x0 does not exist on a pci-bridge',
    ]);
  });

  it.each(['pcie-to-pci-bridge', 'dmi-to-pci-bridge', 'pcie-switch-upstream-port', 'pcie-switch-downstream-port'])(
    'hears that there is no %s, also where the root is left out',
    (model) => {
      expect(found(definition('pc', `<controller type='pci' index='1' model='${model}'/>`))).toEqual([
        `error controller-invalid: controller pci 1 is a ${model}, which does not exist on i440fx`,
      ]);
    },
  );
});

describe('several kinds of fault do not hide each other', () => {
  const FAULTS: readonly (readonly [what: string, devices: string, code: string])[] = [
    ['a wrong root', "<controller type='pci' index='0' model='pci-root'/>", 'controller-invalid'],
    ['an unknown controller', "<controller type='pci' index='9' model='pcie-toaster'/>", 'controller-invalid'],
    ['a SATA controller elsewhere', `<controller type='sata' index='0'>${at(0, 7)}</controller>`, 'guest-address-invalid'],
    ['two devices at one address', `${hostdev('1', at(0, 9))}${hostdev('2', at(0, 9))}`, 'guest-address-in-use'],
    ['the same function twice', `${hostdev('3')}${hostdev('3')}`, 'hostdev-duplicate'],
    ['one boot order twice', `${disk('sda', "<boot order='1'/>")}${disk('sdb', "<boot order='1'/>")}`, 'boot-order'],
    ['a disk with an impossible name', disk('sdzzzzzz'), 'device-unsupported'],
    ['an address that is no number', "<rng model='virtio'><address type='pci' bus='x'/></rng>", 'number-malformed'],
    ['a VLAN trunk', vf("<vlan trunk='yes'><tag id='4'/><tag id='5'/></vlan>"), 'interface-invalid'],
    ['QEMU arguments in the wrong place', "<qemu:commandline><qemu:arg value='-S'/></qemu:commandline>", 'commandline-misplaced'],
  ];
  const pairs = FAULTS.flatMap((one, i) => FAULTS.slice(i + 1).map((two) => [one[0], two[0], one, two] as const));

  it.each(pairs)('%s and %s are both told, as each is alone', (_, __, [, one, oneCode], [, two, twoCode]) => {
    const messages = (devices: string): string[] => validateDomain(definition('q35', devices)).map(({ code, message }) => `${code} ${message}`);
    const both = messages(one + two);
    for (const alone of [messages(one), messages(two)]) expect(both).toEqual(expect.arrayContaining(alone));
    expect(both.map((line) => line.split(' ')[0])).toEqual(expect.arrayContaining([oneCode, twoCode]));
  });

  it.each<[string, string, string[]]>([
    [
      'a guest address that is no number',
      vf(`<boot order='0'/><vlan trunk='yes'><tag id='4'/></vlan><address type='pci' bus='x'/>`),
      ['number-malformed', 'boot-order', 'interface-invalid'],
    ],
    [
      'a source that is none',
      "<hostdev mode='capabilities' type='pci'><source><address bus='0x100'/></source><boot order='0'/></hostdev>",
      ['source-invalid', 'hostdev-invalid', 'boot-order'],
    ],
  ])('of one device: %s hides nothing else that it says', (_, device, codes) => {
    expect([...new Set(validateDomain(definition('q35', device)).map(({ code }) => code))].sort()).toEqual([...codes].sort());
  });

  it('says nothing about devices on a bus that nobody can judge', () => {
    const unknown = "<controller type='pci' index='1' model='pcie-toaster'/>";
    expect(found(definition('q35', `${unknown}${hostdev('1', at(1, 5))}`))).toEqual([
      expect.stringContaining("controller pci 1 has model 'pcie-toaster', which libvirt does not know") as string,
    ]);
  });
});

describe('the boot order', () => {
  it.each<[string, string, string]>([
    [
      'is taken by another device',
      definition('q35', disk('sda', "<boot order='1'/>") + hostdev('1', "<boot order='1'/>")),
      'hostdev 0000:01:00.0 wants boot order 1, which disk sda has',
    ],
    [
      'stands beside <os><boot>',
      definition('q35', hostdev('1', "<boot order='2'/>"), '', "<boot dev='hd'/>"),
      "hostdev 0000:01:00.0 has boot order 2, but <os> has <boot dev='hd'/>, and the two exclude each other",
    ],
    ['is 0', definition('q35', disk('sda', "<boot order='0'/>")), "disk sda has boot order '0'"],
    [
      'of an interface that is a host device is taken',
      definition('q35', vf("<boot order='3'/>") + disk('sda', "<boot order='3'/>")),
      'interface hostdev 0000:3b:02.0 wants boot order 3, which disk sda has',
    ],
  ])('that %s is refused', (_, source, message) => {
    expect(found(source)).toEqual([`error boot-order: ${message}`]);
    expect(expandDomain(source).ok).toBe(false);
  });

  it('of different devices may differ, and <os><boot> may stand alone', () => {
    expect(found(definition('q35', disk('sda', "<boot order='1'/>") + vf("<boot order='2'/>")))).toEqual([]);
    expect(found(definition('q35', disk('sda'), '', "<boot dev='hd'/>"))).toEqual([]);
  });
});

describe('a device at a function above 0', () => {
  const port = "<controller type='pci' index='1' model='pcie-root-port'/>";
  it('without function 0 is warned of, also in the topology', () => {
    const source = definition('q35', port + hostdev('4', at(1, 0, 1)));
    const warning = 'hostdev 0000:04:00.0 is at 01:00.1, but nothing is at 01:00.0: guests do not look at other functions where there is no function 0';
    expect(found(source)).toEqual([`warning function-zero-missing: ${warning}`]);
    expect(guestTopology(source)).toMatchObject({ ok: true, problems: [{ code: 'function-zero-missing' }] });
  });

  it.each<[string, string]>([
    ['beside function 0', definition('q35', port + hostdev('4', at(1, 0, 0)) + hostdev('5', at(1, 0, 1)))],
    ['of the chipset', definition('pc', `<controller type='ide' index='0'>${at(0, 1, 1)}</controller>`)],
    ['of the ICH9', definition('q35', `<controller type='sata' index='0'>${at(0, 0x1f, 2)}</controller>`)],
  ])('%s is not', (_, source) => {
    expect(found(source)).toEqual([]);
  });
});

describe('the machine type', () => {
  const cache = readCapabilities(
    "<qemuCaps><selfvers>11003000</selfvers><arch>x86_64</arch><flag name='ich9-ahci'/><machine type='kvm' name='pc-q35-10.0' alias='q35'/><machine type='kvm' name='pc-q35-9.2'/><machine type='kvm' name='pc-i440fx-10.0' alias='pc' default='yes'/></qemuCaps>",
  );
  it.each(['q35', 'pc', 'pc-q35-9.2'])('%s is one that QEMU lists', (machine) => {
    const problems = validateDomain(definition(machine, "<controller type='usb' model='none'/>"), { capabilities: cache });
    expect(problems.filter(({ code }) => code === 'machine-unknown')).toEqual([]);
  });

  it('that QEMU does not list is refused, with those that are like it', () => {
    const [problem] = validateDomain(definition('pc-q35-2.1', "<controller type='usb' model='none'/>"), { capabilities: cache });
    expect(problem).toMatchObject({
      code: 'machine-unknown',
      message: "the QEMU for x86_64 has no machine type 'pc-q35-2.1'",
      hint: 'it has pc-q35-10.0, pc-q35-9.2, …',
      location: { line: 1 },
    });
  });

  it('of another architecture is refused whatever is known of QEMU', () => {
    expect(found(definition('s390-ccw-virtio', ''))).toContain("error machine-unknown: the QEMU for x86_64 has no machine type 's390-ccw-virtio'");
    expect(found(definition('virt', ''))).toContain("error machine-unknown: the QEMU for x86_64 has no machine type 'virt'");
  });
});

describe('the domain type', () => {
  const typed = (type: string): string => definition('q35', '').replace("<domain type='kvm'", `<domain${type}`);
  it.each(["'kvm'", "'qemu'"])('%s is of QEMU', (type) => {
    expect(found(typed(` type=${type}`))).toEqual([]);
  });

  it.each(['xen', 'lxc', 'vz', 'test', 'vmware', 'bogus', 'hvf', 'hyperv', 'constructor'])('%s is not run by the QEMU here', (type) => {
    expect(validateDomain(typed(` type='${type}'`))).toMatchObject([{ code: 'domain-type-unsupported', subject: type, location: { line: 1 } }]);
  });

  it.each(['', " type=''"])('is missing in <domain%s>', (type) => {
    expect(validateDomain(typed(type))).toMatchObject([{ code: 'domain-type-unsupported', message: '<domain> has no type' }]);
  });

  it('hvf is run where QEMU says so', () => {
    const capabilities = readCapabilities(
      "<qemuCaps><selfvers>11003000</selfvers><arch>x86_64</arch><flag name='hvf'/><machine type='hvf' name='q35'/></qemuCaps>",
    );
    const problems = validateDomain(typed(" type='hvf'"), { capabilities });
    expect(problems.filter(({ code }) => code === 'domain-type-unsupported')).toEqual([]);
  });
});

describe('PCI controllers', () => {
  const port = (index: number): string => `<controller type='pci' index='${index}' model='pcie-root-port'/>`;
  const bridge = (index: number, bus: number): string =>
    `<controller type='pci' index='${index}' model='pcie-to-pci-bridge'><address type='pci' domain='0' bus='${bus}' slot='0' function='0'/></controller>`;

  it('that are plugged into a later one are refused at the start, when QEMU would not find its bus', () => {
    const source = definition('q35', bridge(1, 2) + port(2));
    expect(found(source)).toEqual(['error controller-invalid: controller pci 1 is plugged into controller 2, which QEMU makes after it']);
    expect(expandDomain(source).ok).toBe(true);
    expect(found(definition('q35', port(1) + bridge(2, 1)))).toEqual([]);
  });
});

describe('a virtual function', () => {
  const pf = { domain: 0, bus: 0x3b, slot: 0, function: 0 };
  const host = (facts: Partial<HostFunctionFacts>): HostFacts => ({
    known: true,
    pciFunction: () => ({ express: true, iommuGroup: 1, driver: 'iavf', physicalFunction: pf, physicalFunctionReachable: true, ...facts }),
    networkForward: () => undefined,
  });
  const mac = "<mac address='52:54:00:aa:bb:cc'/>";

  it.each<[string, string, string]>([
    ['with several tags', '<vlan><tag id="42"/><tag id="43"/></vlan>', 'has a VLAN trunk, which a virtual function cannot have'],
    ['with a trunk of one tag', "<vlan trunk='yes'><tag id='42'/></vlan>", 'has a VLAN trunk, which a virtual function cannot have'],
    ['with a VLAN beside a virtual port', "<vlan><tag id='42'/></vlan><virtualport type='802.1Qbh'/>", 'has a VLAN beside a virtual port'],
    ['with a virtual port of another kind', "<virtualport type='openvswitch'/>", 'has a virtual port of type openvswitch, which a host device cannot have'],
  ])('%s is refused at the start', (_, more, message) => {
    expect(found(definition('q35', vf(more)))).toEqual([`error interface-invalid: interface hostdev ${message}`]);
  });

  it('whose physical function is down is refused: its MAC cannot be set', () => {
    const down = host({ physicalInterface: { name: 'ens1f0', up: false } });
    const [problem, ...others] = validateDomain(definition('q35', vf(`${mac}<vlan><tag id='42'/></vlan>`)), { host: down });
    expect(problem).toMatchObject({ code: 'vf-unreachable', severity: 'error', hint: 'ip link set ens1f0 up' });
    expect(problem?.message).toContain('is a VF of 0000:3b:00.0, whose interface ens1f0 is down');
    expect(others).toEqual([]);
  });

  it.each<[string, string, Partial<HostFunctionFacts>]>([
    ['whose physical function is up', vf(mac), { physicalInterface: { name: 'ens1f0', up: true } }],
    ['of which that is not known', vf(mac), {}],
    ['given as <hostdev>, of which nothing is set', hostdev('0x3b'), { physicalInterface: { name: 'ens1f0', up: false } }],
    ['with a virtual port', vf(`<virtualport type='802.1Qbh'><parameters profileid='x'/></virtualport>`), { physicalInterface: { name: 'ens1f0', up: false } }],
  ])('%s is not', (_, device, facts) => {
    expect(found(definition('q35', device), { host: host(facts) })).toEqual([]);
  });
});

describe('iommufd', () => {
  const source = definition('q35', hostdev('1', "<driver name='vfio' iommufd='yes'/>"));
  const caps = (version: number | undefined, ...flags: string[]): PlaceOptions => ({
    capabilities: { arch: 'x86_64', defaultMachine: 'pc', flags: new Set(['pcie-root-port', ...flags]), libvirtVersion: version },
  });
  it.each<[string, PlaceOptions, string[]]>([
    [
      'a libvirt before 12.1 leaves it out',
      caps(11_003_000, 'iommufd'),
      ['warning iommufd-unknown: hostdev 0000:01:00.0 asks for iommufd, which libvirt 11.3.0 does not know and leaves out'],
    ],
    ['a QEMU without it is told', caps(12_001_000), ['error iommufd-unknown: hostdev 0000:01:00.0 asks for iommufd, which this QEMU does not have']],
    ['libvirt and QEMU with it have nothing to say', caps(12_001_000, 'iommufd'), []],
    [
      'an unknown libvirt may leave it out',
      {},
      ['warning iommufd-unknown: hostdev 0000:01:00.0 asks for iommufd, which a libvirt before 12.1 does not know and leaves out without a word'],
    ],
  ])('%s', (_, options, problems) => {
    expect(found(source, options).filter((line) => line.includes('iommufd'))).toEqual(problems);
  });

  it('of the whole guest counts for every function that does not say no', () => {
    const whole = definition('q35', hostdev('1') + hostdev('2', "<driver iommufd='no'/>"), "<iommufd enabled='yes'/>");
    expect(found(whole)).toEqual([expect.stringContaining('hostdev 0000:01:00.0 asks for iommufd') as string]);
  });
});

describe('QEMU arguments of one’s own', () => {
  const commandline = (...args: string[]): string =>
    `<qemu:commandline>${args.map((value) => `<qemu:arg value='${value.replaceAll("'", '&apos;')}'/>`).join('')}</qemu:commandline>`;

  it('are outside the prediction, which is said where a prediction is made', () => {
    const source = definition('pc', '', commandline('-netdev', 'user,id=n0', '-device', 'virtio-net,netdev=n0'));
    const message =
      "QEMU arguments of your own are outside the prediction; QEMU chooses the place of '-device virtio-net,netdev=n0', which a device that is plugged in later may be given too";
    expect(found(source)).toEqual([`warning commandline-unpredicted: ${message}`]);
    expect(expandDomain(source)).toMatchObject({ ok: true, problems: [{ code: 'commandline-unpredicted', severity: 'warning', message }] });
  });

  it.each<[string, string, string[]]>([
    ['a function of the host', 'vfio-pci,host=01:00.0', ["'-device vfio-pci,host=01:00.0' takes 0000:01:00.0 of the host, which hostdev 0000:01:00.0 has"]],
    [
      'the same by its path',
      'vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:01:00.0',
      ["'-device vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:01:00.0' takes 0000:01:00.0 of the host, which hostdev 0000:01:00.0 has"],
    ],
    ['a slot of the root', 'e1000e,bus=pcie.0,addr=0x01', ["'-device e1000e,bus=pcie.0,addr=0x01' takes 00:01.0 (pcie.0), where controller pci 1 is"]],
    [
      'the slot of a port, in JSON',
      '{"driver":"e1000e","bus":"pci.1","addr":"0.0"}',
      ['\'-device {"driver":"e1000e","bus":"pci.1","addr":"0.0"}\' takes 01:00.0 (pci.1), where controller usb 0 (qemu-xhci) is'],
    ],
    ['a place of its own', 'e1000e,bus=pcie.0,addr=1e.0', []],
    ['another function', 'vfio-pci,host=0000:02:00.0,addr=0x1d', []],
  ])('that take %s: what collides is told', (_, value, messages) => {
    const problems = validateDomain(definition('q35', hostdev('1'), commandline('-device', value)));
    expect(problems.filter(({ code }) => code === 'commandline-collides').map(({ message }) => message)).toEqual(messages);
    expect(problems.some(({ code }) => code === 'commandline-unpredicted')).toBe(true);
  });

  it('inside <devices> are in the wrong place', () => {
    const [problem] = validateDomain(definition('q35', commandline('-S')));
    expect(problem).toMatchObject({ code: 'commandline-misplaced', severity: 'error', hint: expect.stringContaining('it belongs beside <devices>') as string });
  });
});
