import { describe, expect, it } from 'vitest';
import { parsePciAddress } from '../pci/notation.ts';
import { compareAddition } from './addition.ts';
import { compareLibvirts } from './between.ts';
import { readCapabilities, readDomainCapabilities } from './capabilities/read.ts';
import { commandlineDevices } from './commandline/arguments.ts';
import { readDomain } from '../domain/domain.ts';
import { expandDomain } from './expand.ts';
import type { HostFunctionFacts } from './host-facts.ts';
import { FAULTS } from '../../test/faulty-devices.ts';
import { canHavePci, isArm, isPpc64, isS390, isX86, machineClass } from './machine/class.ts';
import type { PlaceOptions } from './place.ts';
import { validateDomain } from './validate.ts';

const guest = (arch: string, machine: string, devices = '', more = ''): string =>
  `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>g</name><memory>1</memory><os><type arch='${arch}' machine='${machine}'>hvm</type></os>${/^(x86_64|i686)$/.test(arch) ? '<features><acpi/></features>' : ''}<devices>${devices}</devices>${more}</domain>`;
const hostdev = (bus: number, more = ''): string =>
  `<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='${bus}' slot='0x00' function='0x0'/></source>${more}</hostdev>`;

/** `name at address`, for everything that gets one. */
function placed(xml: string, options: PlaceOptions = {}): string[] {
  const result = expandDomain(xml, options);
  if (!result.ok) return result.problems.map(({ code, message }) => `${code}: ${message}`);
  return result.placements.map(
    ({ name, address, controller }) => `${name}${controller?.model === undefined ? '' : ` ${controller.model}`} at ${address ?? 'no address'}`,
  );
}

describe('what a machine has without being asked', () => {
  const MACHINES = [
    ...([
      ['x86_64', 'pc'],
      ['x86_64', 'q35'],
      ['i686', 'isapc'],
      ['x86_64', 'microvm'],
      ['x86_64', 'x-remote'],
    ] as const),
    ...([
      ['armv7l', 'versatilepb'],
      ['armv7l', 'realview-eb'],
      ['aarch64', 'virt'],
      ['aarch64', 'raspi3b'],
      ['armv6l', 'borzoi'],
    ] as const),
    ...([
      ['ppc64', 'pseries'],
      ['ppc64le', 'powernv'],
      ['ppc', 'g3beige'],
      ['alpha', 'clipper'],
      ['sh4', 'r2d'],
      ['sh4eb', 'r2d'],
      ['sparc64', 'sun4u'],
    ] as const),
    ...([
      ['mips', 'malta'],
      ['mips64el', 'malta'],
      ['mips', 'magnum'],
      ['riscv64', 'virt'],
      ['riscv32', 'spike'],
      ['loongarch64', 'virt'],
    ] as const),
    ...([
      ['s390x', 's390-ccw-virtio'],
      ['s390', 's390-ccw-virtio'],
    ] as const),
  ];

  it('is what stands in machines.txt, by each libvirt where they differ', async () => {
    const lines = MACHINES.flatMap(([arch = '', machine = '']) => {
      const libvirts = ['9.0', '11.3', '12.8'].map((libvirt) => placed(guest(arch, machine), { libvirt }).join('; '));
      const told = libvirts.every((each) => each === libvirts[0]) ? libvirts.slice(0, 1) : libvirts;
      return [`${arch} ${machine}`, ...told.map((each) => `  ${each === '' ? 'nothing' : each}`)];
    });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('machines.txt');
  });

  it.each([
    ['x86_64', 'pc', 'i440fx'],
    ['i686', 'pc-0.12', 'i440fx'],
    ['x86_64', 'pc-1.0', 'i440fx'],
    ['x86_64', 'pc-i440fx-9.0', 'i440fx'],
    ['x86_64', 'rhel6.6.0', 'i440fx'],
    ['x86_64', 'q35', 'q35'],
    ['x86_64', 'pc-q35-rhel9.4.0', 'q35'],
    ['x86_64', 'isapc', 'isapc'],
    ['x86_64', 'isapc2', 'x86-other'],
    ['x86_64', 'pcx', 'x86-other'],
    ['x86_64', 'q35x', 'x86-other'],
    ['x86_64', 'my-pc-q35-9.0', 'x86-other'],
    ['aarch64', 'virt', 'arm-virt'],
    ['armv7l', 'virt-9.0', 'arm-virt'],
    ['aarch64', 'virtual', 'other'],
    ['aarch64', 'sbsa-ref', 'other'],
    ['riscv64', 'virt', 'riscv-virt'],
    ['riscv32', 'virt', 'riscv-virt'],
    ['riscv128', 'virt', 'other'],
    ['loongarch64', 'virt', 'loongarch-virt'],
    ['ppc64', 'pseries-9.0', 'pseries'],
    ['ppc64le', 'pseries', 'pseries'],
    ['ppc', 'pseries', 'other'],
    ['ppc64', 'pseriesx', 'other'],
    ['s390x', 's390-ccw-virtio-9.0', 's390-ccw'],
    ['s390x', 's390', 'other'],
    ['x86_64v2', 'pc', 'other'],
  ])('%s %s is of the class %s', (arch, machine, name) => {
    expect(machineClass(arch, machine)).toBe(name);
  });

  it('can have PCI addresses, but for some of Arm and RISC-V', () => {
    const can = [
      ['aarch64', 'virt-9.0'],
      ['armv7l', 'versatilepb'],
      ['riscv64', 'virt'],
      ['x86_64', 'isapc'],
      ['s390x', 'x'],
    ] as const;
    const cannot = [
      ['aarch64', 'raspi3b'],
      ['armv7l', 'versatilepb2'],
      ['riscv64', 'spike'],
    ] as const;
    expect([can.every(([arch, machine]) => canHavePci(arch, machine)), cannot.some(([arch, machine]) => canHavePci(arch, machine))]).toEqual([true, false]);
  });

  it('is of an architecture by its whole name', () => {
    const names = [
      'x86_64',
      'i686',
      'armv6l',
      'armv7l',
      'aarch64',
      'ppc64',
      'ppc64le',
      's390',
      's390x',
      'ppc',
      'xx86_64',
      'aarch64_be',
      's390xx',
      'xs390',
      'ppc64lex',
    ];
    expect([isX86, isArm, isPpc64, isS390].map((is) => names.filter(is))).toEqual([
      ['x86_64', 'i686'],
      ['armv6l', 'armv7l', 'aarch64'],
      ['ppc64', 'ppc64le'],
      ['s390', 's390x'],
    ]);
  });
});

describe('what is said of one device', () => {
  const said = (devices: string, { arch = 'x86_64', machine = 'q35', ...options }: PlaceOptions & { arch?: string; machine?: string } = {}): string[] =>
    validateDomain(guest(arch, machine, devices), options).map(({ code, message, hint }) => `${code}: ${message} (${hint})`);

  it('by each machine and libvirt stands in said-of-devices.txt', async () => {
    const lines = FAULTS.flatMap(({ machines, faults }) => [
      `On ${machines.map(([, machine]) => machine).join(', ')}`,
      ...faults.flatMap(([name, devices]) => {
        const told = new Map<string, string[]>();
        for (const [arch, machine] of machines) {
          const by = ['9.0', '11.3', '12.8'].map((libvirt) => [libvirt, said(devices, { arch, machine, libvirt }).join('\n      ')] as const);
          const isOne = by.every(([, answer]) => answer === by[0]?.[1]);
          for (const [libvirt, answer] of isOne ? by.slice(0, 1) : by)
            told.set(answer, [...(told.get(answer) ?? []), isOne ? machine : `${machine} of ${libvirt}`]);
        }
        const [only] = told.keys();
        if (told.size === 1) return [`  ${name}`, `      ${only === '' ? 'nothing' : only}`];
        return [`  ${name}`, ...[...told].flatMap(([answer, who]) => [`    ${who.join(', ')}`, `      ${answer === '' ? 'nothing' : answer}`])];
      }),
    ]);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('said-of-devices.txt');
  });

  const nic = (more = ''): string =>
    `<interface type='hostdev' managed='yes'><mac address='52:54:00:00:00:01'/><source><address type='pci' domain='0' bus='1' slot='0' function='0'/></source>${more}</interface>`;
  const host = (facts: Partial<HostFunctionFacts>): PlaceOptions => ({
    host: { known: true, pciFunction: () => ({ express: true, iommuGroup: 1, ...facts }), networkForward: () => undefined },
  });
  const physicalFunction = parsePciAddress('0000:01:00.7');
  it.each<[string, Partial<HostFunctionFacts>, string, string[]]>([
    [
      'is no virtual function',
      {},
      '',
      ['vf-unreachable: interface hostdev 0000:01:00.0 is not a VF (an interface needs a VF, whose PF sets its MAC; use <hostdev> for this function)'],
    ],
    [
      'whose physical function has no driver',
      { physicalFunction, physicalFunctionReachable: false },
      '',
      [
        'vf-unreachable: interface hostdev 0000:01:00.0 is a VF of 0000:01:00.7, which has no network driver here (the PF sets MAC and VLAN of its VFs: bind it to its network driver and bring it up)',
      ],
    ],
    [
      'whose physical function is down',
      { physicalFunction, physicalInterface: { name: 'eth0', up: false } },
      '',
      [
        'vf-unreachable: interface hostdev 0000:01:00.0 is a VF of 0000:01:00.7, whose interface eth0 is down: libvirt sets its MAC and VLAN through that, and refuses (ip link set eth0 up)',
      ],
    ],
    ['whose physical function is up', { physicalFunction, physicalInterface: { name: 'eth0', up: true } }, '', []],
    [
      'with a port of its own',
      { physicalFunction, physicalInterface: { name: 'eth0', up: false } },
      "<virtualport type='802.1Qbh'><parameters profileid='x'/></virtualport>",
      [],
    ],
  ])('an interface that %s', (_, facts, more, lines) => {
    expect(said(nic(more), host(facts))).toEqual(lines);
  });
});

describe('what comes to a definition', () => {
  const before = guest('x86_64', 'q35', "<memballoon model='none'/>");
  const add = (xml: string, ...devices: string[]): string => xml.replace('</devices>', `${devices.join('')}</devices>`);

  it('is told with the ports that it brings', () => {
    const { refusals, controllers, before: faults, placeOf } = compareAddition(before, add(before, hostdev(1), hostdev(2)));
    expect([refusals, faults]).toEqual([[], []]);
    expect(controllers.every((model) => model === 'pcie-root-port')).toBe(true);
    expect(controllers.length).toBeGreaterThan(0);
    expect(placeOf(parsePciAddress('0000:01:00.0'))?.zpci).toBeUndefined();
    expect(placeOf(parsePciAddress('0000:09:00.0'))).toBeUndefined();
    expect(compareAddition(before, before)).toMatchObject({ refusals: [], controllers: [], before: [] });
  });

  it('is refused for what it brings, not for what was wrong before', () => {
    const broken = add(before, hostdev(1), hostdev(1));
    const same = compareAddition(broken, add(broken, hostdev(2)));
    expect([same.refusals, same.before.map(({ code }) => code)]).toEqual([[], ['hostdev-duplicate']]);
    const worse = compareAddition(before, add(before, hostdev(3), hostdev(3)));
    expect([worse.refusals.map(({ code }) => code), worse.before]).toEqual([['hostdev-duplicate'], []]);
    expect(worse.xml).toBe(add(before, hostdev(3), hostdev(3)));
    expect(compareAddition(before, '<domain').refusals.map(({ code }) => code)).toEqual(['xml-malformed']);
    expect(compareAddition(before, '<domain').controllers).toEqual([]);
  });

  it('has its ids on IBM Z', () => {
    const z = guest('s390x', 's390-ccw-virtio', "<memballoon model='none'/>");
    expect(compareAddition(z, add(z, hostdev(1))).placeOf(parsePciAddress('0000:01:00.0'))).toEqual({
      address: parsePciAddress('0000:00:01.0'),
      zpci: { uid: 1, fid: 0 },
    });
  });
});

describe('one definition and two libvirts', () => {
  it('that is no definition is told once by each, and nothing more', () => {
    const { before, after, leftOut, moves } = compareLibvirts('<domain', '9.0', '12.8', { file: 'g.xml' });
    expect([before.problems, after.problems].map((all) => all.map(({ code, location }) => `${code} ${location?.file}`))).toEqual([
      ['xml-malformed g.xml'],
      ['xml-malformed g.xml'],
    ]);
    expect([leftOut, moves]).toEqual([{ before: [], after: [] }, []]);
  });

  it('moves nothing that both put at one place, and counts devices of one name', () => {
    const { moves } = compareLibvirts(guest('riscv64', 'virt', hostdev(1) + hostdev(2)), '11.3', '12.8');
    expect(moves.map(({ name, before, after }) => `${name}: ${before} → ${after}`)).toEqual([
      'controller pci 4 (pcie-root-port): 00:01.3 → undefined',
      'memballoon virtio: 03:00.0 → undefined',
    ]);
    expect(compareLibvirts(guest('x86_64', 'q35'), '12.8', '12.8').moves).toEqual([]);
  });
});

describe('what a QEMU can do, by a document', () => {
  it('is read from what libvirt keeps', () => {
    const caps = readCapabilities(
      "<qemuCaps><emulator> /q </emulator><arch>x86_64</arch><version>10000013</version><selfvers>11003000</selfvers><flag name='zpci'/><flag/><machine type='kvm' name='pc-q35-10.0' alias='q35'/><machine name='isapc' acpi='no'/></qemuCaps>",
    );
    expect({ ...caps, flags: [...caps.flags], machines: [...(caps.machines ?? [])], withoutAcpi: [...(caps.withoutAcpi ?? [])] }).toMatchObject({
      ...{ arch: 'x86_64', emulator: '/q', flags: ['zpci'], defaultMachine: 'q35', machines: ['pc-q35-10.0', 'q35', 'isapc'], withoutAcpi: ['isapc'] },
      ...{ qemuVersion: '10.0', libvirtVersion: 11_003_000 },
    });
    const bare = readCapabilities('<qemuCaps><arch>s390x</arch></qemuCaps>');
    expect(bare).toMatchObject({ emulator: undefined, defaultMachine: '', machines: undefined, qemuVersion: undefined, libvirtVersion: undefined });
    expect(readCapabilities("<qemuCaps><machine name='virt'/></qemuCaps>").defaultMachine).toBe('virt');
  });

  const domain = (enums: string): string =>
    `<domainCapabilities><path>/usr/bin/qemu-system-x86_64</path><domain>kvm</domain><machine>pc-q35-10.0</machine><arch>x86_64</arch><devices><video supported='yes'>${enums}</video></devices></domainCapabilities>`;
  it('is read from domain capabilities, which say what video models there are', () => {
    const offered = (...models: string[]): Set<string> =>
      new Set(
        readCapabilities(
          domain(`<enum name='other'><value>vga</value></enum><enum name='modelType'>${models.map((model) => `<value> ${model} </value>`).join('')}</enum>`),
        ).flags,
      );
    const [none, some, silent] = [offered(), offered('bochs', 'ramfb', 'virtio'), new Set(readCapabilities(domain('')).flags)];
    expect([...some].filter((flag) => !none.has(flag)).toSorted()).toEqual(['bochs-display', 'ramfb']);
    expect([...none].filter((flag) => !silent.has(flag))).toEqual([]);
    expect([...silent].filter((flag) => !none.has(flag)).toSorted()).toEqual(['VGA', 'bochs-display', 'cirrus-vga', 'qxl', 'ramfb', 'vmware-svga']);
    expect(readCapabilities(domain(''))).toMatchObject({
      arch: 'x86_64',
      emulator: '/usr/bin/qemu-system-x86_64',
      defaultMachine: 'pc-q35-10.0',
      qemuVersion: undefined,
    });
    expect(readDomainCapabilities(domain(''), '10.0')).toMatchObject({ qemuVersion: '10.0' });
    expect(readDomainCapabilities(domain(''), '10.0').machines).not.toBeUndefined();
    expect(readCapabilities(domain('')).machines).toBeUndefined();
    expect(readDomainCapabilities('<qemuCaps><arch>s390x</arch></qemuCaps>', '10.0').arch).toBe('s390x');
  });

  it('is not read from anything else', () => {
    const problem = { code: 'capabilities-malformed', message: 'the root element is <capabilities>, neither <qemuCaps> nor <domainCapabilities>' };
    const hint = "give what 'virsh domcapabilities' prints, or a file of /var/cache/libvirt/qemu/capabilities";
    expect(() => readCapabilities('<capabilities/>', 'c.xml')).toThrow(
      expect.objectContaining({ ...problem, hint, subject: 'c.xml', location: { file: 'c.xml', line: 1, column: 1 } }) as Error,
    );
    expect(() => readCapabilities('<capabilities/>')).toThrow(expect.objectContaining({ ...problem, hint, subject: undefined }) as Error);
  });
});

describe('a device of QEMU arguments', () => {
  const read = (...values: string[]): object[] =>
    commandlineDevices(
      readDomain(guest('x86_64', 'q35', '', `<qemu:commandline>${values.map((value) => `<qemu:arg value='${value}'/>`).join('')}</qemu:commandline>`)),
    ).map(({ text, bus, place, host }) => ({ text, bus, place, host }));
  const one = (value: string): object | undefined => read('-device', value)[0];

  it.each<[string, object]>([
    ['virtio-net', { bus: undefined, place: undefined, host: undefined }],
    ['virtio-net,bus=pci.1,addr=0x1f.2', { bus: 'pci.1', place: { slot: 0x1f, function: 2 } }],
    ['virtio-net,addr=1f', { place: { slot: 0x1f, function: 0 } }],
    ['virtio-net,addr=0X1F.0x7', { place: { slot: 0x1f, function: 7 } }],
    ['virtio-net,addr=x', { place: undefined }],
    ['virtio-net,addr=1.x', { place: undefined }],
    ['virtio-net,addr=1.2.3', { place: undefined }],
    ['virtio-net,id=a,,b,bus=c', { bus: 'c' }],
    ['virtio-net,bus=a,,b', { bus: 'a,b' }],
    ['virtio-net,nothing,bus=a', { bus: 'a' }],
    ['vfio-pci,host=01:00.0', { host: '0000:01:00.0' }],
    ['vfio-pci,host=nonsense', { host: undefined }],
    ['vfio-pci,sysfsdev=/sys/bus/pci/devices/0001:02:00.1/', { host: '0001:02:00.1' }],
    ['vfio-pci,sysfsdev=/sys/x', { host: undefined }],
    ['vfio-pci-nohotplug,host=01:00.0', { host: '0000:01:00.0' }],
    ['xvfio-pci,host=01:00.0', { host: undefined }],
    ['virtio-net,host=01:00.0', { host: undefined }],
    ['{"driver":"vfio-pci","host":"01:00.0","bus":"pci.2","addr":"3.1"}', { host: '0000:01:00.0', bus: 'pci.2', place: { slot: 3, function: 1 } }],
    [' {"driver":"vfio-pci","addr":3}', { place: { slot: 3, function: 0 } }],
    ['{"driver":', { bus: undefined, place: undefined, host: undefined }],
    ['', { bus: undefined, place: undefined, host: undefined }],
  ])('%s', (value, told) => {
    expect(one(value)).toMatchObject({ text: `-device ${value}`, ...told });
  });

  it('stands behind -device or --device, and nothing else', () => {
    expect(read('-device', 'a', '--device', 'b', '-netdev', 'c', '-devices', 'd', 'x-device', 'e').map((each) => (each as { text: string }).text)).toEqual([
      '-device a',
      '-device b',
    ]);
    expect(read('virtio-net')).toEqual([]);
  });
});
