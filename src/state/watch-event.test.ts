import { describe, expect, it } from 'vitest';
import { pciAddress } from '../pci/address.ts';
import { absentThere, absentWarning, domainMeant, functionAbsent, refuseAbsent } from './absent-functions.ts';
import { adviceOn, type MachineFacts, needsMachine } from './advice.ts';
import { networkUses, type NetMap } from './network-uses.ts';
import type { NodeDevice } from './node-device.ts';
import { keptNames, keptPart } from './snapshot-parts.ts';
import { formatEvidence } from './verdict.ts';
import { functionChanges } from './watch-event.ts';

const at = (bus: number, fn = 0, domain = 0) => pciAddress(domain, bus, 0, fn);
const device = (bus: number, told: Partial<NodeDevice> = {}): NodeDevice =>
  ({ address: at(bus), driver: 'igb', sriov: undefined, pciClass: 0x020000, resetMethods: [], headerType: 0, ...told }) as NodeDevice;

describe('what is different between two looks at a host', () => {
  const vfs = (numVfs: number | undefined) => ({ sriov: { totalVfs: 7, numVfs, virtualFunctions: [] } });
  const told = (before: NodeDevice[], after: NodeDevice[]): string[] =>
    functionChanges(before, after).map(({ subject, event, detail }) => `${subject}: ${event}, ${detail}`);
  it.each<[string, NodeDevice[], NodeDevice[], string[]]>([
    ['nothing', [device(1)], [device(1)], []],
    [
      'a function that comes',
      [],
      [device(1), device(2, { driver: undefined })],
      ['0000:01:00.0: function appeared, with igb', '0000:02:00.0: function appeared, with no driver'],
    ],
    [
      'a function that goes',
      [device(1), device(2, { driver: undefined })],
      [],
      ['0000:01:00.0: function gone, was with igb', '0000:02:00.0: function gone, was with no driver'],
    ],
    ['another driver', [device(1)], [device(1, { driver: 'vfio-pci' })], ['0000:01:00.0: driver changed, igb → vfio-pci']],
    ['no driver', [device(1)], [device(1, { driver: undefined })], ['0000:01:00.0: driver changed, igb → no driver']],
    ['a driver', [device(1, { driver: undefined })], [device(1)], ['0000:01:00.0: driver changed, no driver → igb']],
    ['virtual functions', [device(1)], [device(1, vfs(2))], ['0000:01:00.0: virtual functions changed, 0 → 2']],
    ['no virtual functions', [device(1, vfs(2))], [device(1, vfs(undefined))], ['0000:01:00.0: virtual functions changed, 2 → 0']],
    [
      'much at once, what was there first',
      [device(1), device(2)],
      [device(3), device(1, { driver: undefined, ...vfs(1) })],
      [
        '0000:01:00.0: driver changed, igb → no driver',
        '0000:01:00.0: virtual functions changed, 0 → 1',
        '0000:02:00.0: function gone, was with igb',
        '0000:03:00.0: function appeared, with igb',
      ],
    ],
  ])('%s', (_, before, after, lines) => {
    expect(told(before, after)).toEqual(lines);
  });
});

describe('a function that the host does not have', () => {
  const hint = (all: ReturnType<typeof at>[], address: ReturnType<typeof at>): string | undefined => functionAbsent(all, address).hint;
  it.each<[string, ReturnType<typeof at>[], ReturnType<typeof at>, string]>([
    ['has others of that place', [at(1, 0, 2), at(1, 0, 3), at(9)], at(1), "did you mean 0002:01:00.0, 0003:01:00.0, …? ('hostdev list' shows all)"],
    ['has one other, of that place', [at(1, 0, 2)], at(1), 'did you mean 0002:01:00.0?'],
    ['has others', [at(3), at(4)], at(1), 'it has 0000:03:00.0, 0000:04:00.0?'],
    [
      'has many others, of another function',
      [at(1, 1), at(2), at(3), at(4), at(5)],
      at(1),
      "it has 0000:01:00.1, 0000:02:00.0, 0000:03:00.0, 0000:04:00.0, …? ('hostdev list' shows all)",
    ],
    ['has none at all', [], at(1), "it has none at all; see 'hostdev list'"],
    [
      'has one whose domain was meant',
      [at(0, 0, 2)],
      at(2),
      'did you mean 0002:00:00.0? Without a domain the first number is the bus: a domain is written with its bus',
    ],
  ])('%s', (_, all, address, words) => {
    expect(hint(all, address)).toBe(words);
  });

  it('is the one of the domain that the bus would be, and no other', () => {
    expect(domainMeant([at(0, 0, 2)], at(2, 0, 1))).toBeUndefined();
    expect(domainMeant([at(0, 0, 0)], at(0))).toBeUndefined();
    expect(domainMeant([at(0, 1, 2)], at(2))).toBeUndefined();
    expect(domainMeant([at(2, 0, 2)], at(2))).toBeUndefined();
  });

  it('is an error where it was named, and a warning where it may be that of another host', () => {
    expect(functionAbsent([at(3)], at(1))).toEqual({
      ...{ code: 'function-unknown', severity: 'error', subject: '0000:01:00.0', message: 'this machine has no PCI function 0000:01:00.0' },
      hint: 'it has 0000:03:00.0?',
    });
    expect(absentWarning(at(1), 'h')).toMatchObject({ severity: 'warning', hint: 'h', message: 'this machine has no PCI function 0000:01:00.0' });
  });

  it('is told of the host that was looked at', () => {
    const problem = functionAbsent([at(3)], at(1));
    expect(absentThere('z1', problem)).toEqual({ ...problem, message: 'z1 has no PCI function 0000:01:00.0' });
    expect(absentThere(undefined, problem)).toEqual(problem);
    const other = { ...problem, code: 'no-pci' as const };
    expect(absentThere('z1', other)).toEqual(other);
    expect(absentThere('z1', { ...problem, subject: 'fid=0x17' })).toMatchObject({ message: 'z1 has no PCI function with fid=0x17' });
  });

  it('is told with all others that are missing', () => {
    expect(() => refuseAbsent([at(3)], [])).not.toThrow();
    expect(() => refuseAbsent([at(3)], [at(1), at(2)])).toThrow(
      expect.objectContaining({ subject: '0000:01:00.0', others: [expect.objectContaining({ subject: '0000:02:00.0', severity: 'error' })] }) as Error,
    );
  });
});

describe('advice', () => {
  const READY = { what: 'IOMMU groups', state: 'missing' as const, found: 'none', hint: 'switch it on' };
  const machine = (told: Partial<MachineFacts> = {}): MachineFacts => ({ functions: [], readiness: [], setOption: "add '{}'", ...told });
  const advice = (kinds: string[], on: Partial<NodeDevice>, facts: Partial<MachineFacts> = {}): string[] =>
    adviceOn({ device: device(1, on), evidence: kinds.map((kind) => ({ kind, chain: [] })) as never }, machine(facts));
  const GPU = { pciClass: 0x030000 };
  const OFF = "to keep the boot's framebuffer off: add 'initcall_blacklist=sysfb_init'; more: docs/how-to/gpu.md";

  it('needs to know the machine for consoles and missing groups', () => {
    const needs = (...kinds: string[]): boolean => needsMachine({ evidence: kinds.map((kind) => ({ kind, chain: [] })) as never });
    expect([needs(), needs('storage'), needs('storage', 'console'), needs('no group')]).toEqual([false, false, true, true]);
  });

  it('for want of a group is what the machine lacks of them', () => {
    const others = [
      { ...READY, what: 'vfio-pci' },
      { ...READY, state: 'ok' as const },
      { ...READY, hint: null },
    ];
    expect(advice(['no group'], {}, { readiness: [...others, READY] })).toEqual(['on this machine: switch it on; more: docs/how-to/gpu.md']);
    expect(advice(['storage'], {}, { readiness: [READY] })).toEqual([]);
    expect(advice(['no group'], {}, { readiness: others })).toEqual([]);
  });

  it('for the console is another graphics card, but none of its own virtual functions', () => {
    const functions = [
      device(1, GPU),
      device(2, { ...GPU, driver: 'i915' }),
      device(3, { ...GPU, driver: undefined }),
      device(4),
      device(5, { ...GPU, physicalFunction: at(1) }),
    ];
    expect(advice(['console'], GPU, { functions })).toEqual([
      `this machine also has 0000:02:00.0 (i915), 0000:03:00.0 (no driver): make that the first one in the firmware's setup; ${OFF}`,
    ]);
    expect(advice(['console'], GPU, { functions: functions.slice(0, 1) })).toEqual([
      `this machine has no other graphics card: its console ends with this one, so have another way in first (network, serial line); ${OFF}`,
    ]);
    expect(advice(['console'], { pciClass: 0x070002 }, { functions })).toEqual([]);
  });

  it('for a bus that is reset as a whole is who else is on it', () => {
    const BUS = { resetMethods: ['bus'] };
    const line = (names: string, verb: string): string[] => [
      `it can be reset only together with its bus, which ${names} ${verb} on as well: give them to the same guest; more: docs/how-to/gpu.md`,
    ];
    const on = (fn: number, bus = 1, told: Partial<NodeDevice> = {}): NodeDevice => device(bus, { address: at(bus, fn), ...told });
    expect(advice([], BUS, { functions: [on(0), on(1), on(2, 2), device(1, { address: at(1, 3, 5) }), on(4, 1, { headerType: 1 })] })).toEqual(
      line('0000:01:00.1', 'is'),
    );
    expect(advice([], BUS, { functions: [on(1), on(2)] })).toEqual(line('0000:01:00.1, 0000:01:00.2', 'are'));
    expect(advice([], BUS, { functions: [on(0)] })).toEqual([]);
    expect(advice([], { resetMethods: [] }, { functions: [on(1)] })).toEqual([]);
    expect(advice([], { resetMethods: ['bus', 'pm'] }, { functions: [on(1)] })).toEqual([]);
  });
});

describe('what a snapshot keeps of a file', () => {
  it.each<[string, string, string]>([
    ['/lib/modules/6.1/modules.alias', '# x\nalias pci:v1 a\nalias vfio_pci:v2 b\nalias usb:v3 c\n', 'alias pci:v1 a\nalias vfio_pci:v2 b\n'],
    ['/lib/modules/6.1/modules.dep', 'kernel/vfio/pci/vfio-pci.ko.xz: x\nkernel/a.ko:\nxvfio-pci.ko:\n', 'kernel/vfio/pci/vfio-pci.ko.xz: x\n'],
    ['/run/udev/data/b8:1', 'S:x\nE:ID_FS_TYPE=ext4\nE:ID_FS_LABEL=root\nE:ID_FS_UUID=secret\n', 'E:ID_FS_TYPE=ext4\nE:ID_FS_LABEL=root\n'],
    ['/proc/42/cmdline', 'qemu\0-name\0web,debug=on\0-secret\0x\0', '-name\0web'],
    ['/proc/42/cmdline', '-name\0web\0', '-name\0web'],
    ['/proc/42/cmdline', 'qemu\0x-name\0web\0', ''],
    [
      '/run/libvirt/qemu/web.xml',
      "<domstatus><graphics passwd='x'/><hostdev mode='subsystem' type='pci'>\n<a/></hostdev><hostdev type='usb'></hostdev><interface type='hostdev'></interface><interface type='network'></interface></domstatus>",
      "<domain><devices><hostdev mode='subsystem' type='pci'>\n<a/></hostdev><interface type='hostdev'></interface></devices></domain>",
    ],
    ['/run/libvirt/qemu/none.xml', '<domstatus/>', '<domain><devices></devices></domain>'],
    [
      '/var/cache/libvirt/qemu/capabilities/a.xml',
      "<qemuCaps><emulator>/q</emulator><qemuctime>1</qemuctime><cpu name='x'/><flag name='a'/><version>9</version><machine name='q35'/><x>1</x></qemuCaps>",
      "<qemuCaps><emulator>/q</emulator><qemuctime>1</qemuctime><flag name='a'/><version>9</version><machine name='q35'/></qemuCaps>",
    ],
    ['/var/cache/libvirt/qemu/capabilities/b.xml', '', '<qemuCaps></qemuCaps>'],
  ])('%s', (path, text, kept) => {
    expect(keptPart(path)?.(text)).toBe(kept);
  });

  it.each([
    ...['/x/modules.aliases', '/lib/modules.alias.bin', '/run/libvirt/qemu/web.pid', '/x/run/libvirt/qemu/web.xml', '/proc/self/cmdline', '/proc/42/cmdline2'],
    ...['/x/proc/42/cmdline', '/x/run/udev/data/a', '/x/var/cache/libvirt/qemu/capabilities/a.xml', '/proc/cmdline'],
  ])('is all of %s', (path) => {
    expect(keptPart(path)).toBeUndefined();
  });

  it('is of directories of libraries the one that says something', () => {
    const names = ['libc.so.6', 'libvirt.so.0.11003.2', 'libvirt.so.0', 'xlibvirt.so.0.11003.2'];
    expect(keptNames('/usr/lib64', names)).toEqual(['libvirt.so.0.11003.2']);
    expect(keptNames('/usr/lib/s390x-linux-gnu', names)).toEqual(['libvirt.so.0.11003.2']);
    expect(keptNames('/usr/lib/elsewhere', names)).toEqual(names);
  });
});

describe('what would be lost with the interfaces of a function', () => {
  const net = (told: Partial<NetMap>): NetMap => ({
    ...{ byFunction: new Map([['0000:01:00.0', ['eth0']]]), uppers: new Map(), addresses: new Map(), untold: new Set(), defaultRoutes: new Set() },
    ...{ storage: new Map(), sessionAddress: undefined },
    ...told,
  });
  const lost = (told: Partial<NetMap>): string[] => networkUses(net(told), at(1)).map(formatEvidence);
  const uppers = (...all: [string, string, string][]): Partial<NetMap> => ({ uppers: new Map(all.map(([lower, kind, name]) => [lower, [{ kind, name }]])) });

  it.each<[string, Partial<NetMap>, string[]]>([
    ['nothing of an idle one', {}, []],
    ['nothing of another function', { byFunction: new Map([['0000:02:00.0', ['eth0']]]), defaultRoutes: new Set(['eth0']) }, []],
    ['addresses', { addresses: new Map([['eth0', ['192.0.2.7', '2001:db8::1']]]) }, ['eth0 → address 192.0.2.7', 'eth0 → address 2001:db8::1']],
    [
      'the session',
      { addresses: new Map([['eth0', ['192.0.2.7']]]), sessionAddress: '192.0.2.7' },
      ['eth0 → address 192.0.2.7 → your own session comes in here'],
    ],
    ['no link-local addresses', { addresses: new Map([['eth0', ['fe80::1', 'FEBF::1', '169.254.1.2']]]) }, []],
    [
      'addresses that only look link-local',
      { addresses: new Map([['eth0', ['fec0::1', '2001:fe80::1', '169.25.4.1', '1.169.254.1']]]) },
      ['eth0 → address fec0::1', 'eth0 → address 2001:fe80::1', 'eth0 → address 169.25.4.1', 'eth0 → address 1.169.254.1'],
    ],
    [
      'the session, even link-local',
      { addresses: new Map([['eth0', ['fe80::1']]]), sessionAddress: 'fe80::1' },
      ['eth0 → address fe80::1 → your own session comes in here'],
    ],
    ['routes and disks', { defaultRoutes: new Set(['eth0']), storage: new Map([['eth0', ['nfs /srv']]]) }, ['eth0 → default route', 'eth0 → nfs /srv']],
    ['a bridge that nothing is on', uppers(['eth0', 'bridge', 'br0']), ['eth0 → bridge br0']],
    [
      'what is on a bridge on a bond',
      { ...uppers(['eth0', 'bond', 'bond0'], ['bond0', 'bridge', 'br0']), defaultRoutes: new Set(['br0']) },
      ['eth0 → bond bond0 → bridge br0 → default route'],
    ],
    ['what goes round in a circle, once', uppers(['eth0', 'x', 'a'], ['a', 'x', 'eth0']), ['eth0 → x a → x eth0']],
  ])('is %s', (_, told, lines) => {
    expect(lost(told)).toEqual(lines);
  });
});
