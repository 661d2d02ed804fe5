import { describe, expect, it } from 'vitest';
import { pciAddress } from '../../pci/address.ts';
import type { Fingerprint } from '../fingerprint.ts';
import type { NodeDevice } from '../node-device.ts';
import type { VfSettings } from '../vf-settings.ts';
import { foreignDrift } from './foreign-drift.ts';
import { type ForeignRule, mayHaveRules, vfioPciRules } from './foreign-rules.ts';
import { type JudgedFunction, whyNotToTake } from './judged.ts';
import { ruleFile } from './paths.ts';
import type { PersistentRule, PersistentVfs } from './persistent-rule.ts';
import { type RuleTarget, ruleEntry } from './rule-drift.ts';
import { formatRule, parseRule } from './rule-text.ts';

const ADDRESS = '0000:02:00.0';
const FILE = ruleFile(ADDRESS);
const CARD: Fingerprint = {
  ...{ vendor: '0x8086', device: '0x10c9', subsystemVendor: null, subsystemDevice: null, fid: null, serial: null, mac: null },
  place: ADDRESS,
};
const RULE: PersistentRule = { address: ADDRESS, fingerprint: CARD, modules: ['igb'], driver: 'vfio-pci', vfs: null };

/** A function of the host, free unless told otherwise. */
function judged(bus: number, driver: string | undefined, { uses = [], ...device }: Partial<NodeDevice> & { uses?: readonly string[] } = {}): JudgedFunction {
  const ids = { vendor: 0x8086, device: 0x10c9, subsystemVendor: undefined, subsystemDevice: undefined, pciClass: 0x020000 };
  return {
    device: { address: pciAddress(0, bus, 0, 0), driver, sriov: undefined, ...ids, ...device } as NodeDevice,
    verdict: uses.length === 0 ? 'free' : 'in use',
    evidence: uses.map((use) => ({ kind: 'network', chain: ['eth0', use] })),
  };
}

const target = (found: JudgedFunction, changes: Partial<RuleTarget> = {}): RuleTarget => ({
  ...{ ...found, fingerprint: CARD, vfAutoprobe: undefined, vfSettings: undefined },
  ...changes,
});
const entry = (rule: PersistentRule, found: RuleTarget | undefined) =>
  ruleEntry({ file: FILE, address: ADDRESS, text: formatRule(rule), parsed: parseRule(formatRule(rule)) }, found);
const stands = (rule: PersistentRule, found: RuleTarget | undefined): string => {
  const { state, drift } = entry(rule, found);
  return [state, ...drift].join('; ');
};

describe('a rule of ours', () => {
  it.each<[string, string, string]>([
    ['of a newer hostdev', '# hostdev {"version":9}\n', 'newer; it is of a newer hostdev (version 9 of such files), and what it does is not known here'],
    ['that is damaged', 'x', 'unreadable; it is damaged, or not of hostdev'],
  ])('%s says what can be said', (_, text, told) => {
    const { state, drift, ...rest } = ruleEntry({ file: FILE, address: ADDRESS, text, parsed: parseRule(text) }, target(judged(2, 'vfio-pci')));
    expect([state, ...drift].join('; ')).toBe(told);
    expect(rest).toEqual({ address: ADDRESS, file: FILE, driver: null, vfs: null, fingerprint: null });
  });

  it('that nobody here may read is unknown', () => {
    expect(ruleEntry({ file: FILE, address: ADDRESS, text: '', parsed: { kind: 'refused', reason: 'EACCES' } }, undefined)).toEqual({
      ...{ address: ADDRESS, file: FILE, driver: null, vfs: null, fingerprint: null },
      ...{ state: 'unknown', drift: ['it cannot be read (EACCES)'] },
    });
  });

  it('that somebody changed is not ours to judge', () => {
    const text = `${formatRule(RULE)}ACTION=="add"\n`;
    expect(ruleEntry({ file: FILE, address: ADDRESS, text, parsed: parseRule(text) }, target(judged(2, 'igb')))).toEqual({
      ...{ address: ADDRESS, file: FILE, driver: 'vfio-pci', vfs: null, fingerprint: 'vendor=0x8086 device=0x10c9 place=0000:02:00.0' },
      ...{ state: 'edited', drift: ['somebody changed the file; what it does now is not ours to say'] },
    });
  });

  const VFS: PersistentVfs = { count: 2, hostDrivers: false, settings: {} };
  const withVfs = (vfs: Partial<PersistentVfs>): PersistentRule => ({ ...RULE, driver: null, vfs: { ...VFS, ...vfs } });
  const numVfs = (n: number) => ({ sriov: { totalVfs: 7, numVfs: n, virtualFunctions: [] } });
  const settings: VfSettings = { mac: '52:54:00:AA:00:01', vlan: '7', trust: null, spoofchk: 'on', rate: '0' };
  const told = new Map([[1, settings]]);
  it.each<[string, PersistentRule, RuleTarget | undefined, string]>([
    ['in force', RULE, target(judged(2, 'vfio-pci')), 'in force'],
    ['without its function', RULE, undefined, 'absent; there is no function at that address'],
    ['before another card', RULE, target(judged(2, 'igb'), { fingerprint: { ...CARD, device: '0x1572' } }), 'other card; device was 0x10c9 and is 0x1572'],
    ['not taken yet', RULE, target(judged(2, 'igb')), 'not taken; it is with igb, not with vfio-pci'],
    ['not taken by any', RULE, target(judged(2, undefined)), 'not taken; it is with no driver, not with vfio-pci'],
    [
      'that wants what the host uses',
      RULE,
      target(judged(2, 'igb', { uses: ['default route', 'address 192.0.2.7'] })),
      'not taken; it is with igb, not with vfio-pci; it wants what this host uses: eth0 → default route; eth0 → address 192.0.2.7',
    ],
    ['that has what the host would use', RULE, target(judged(2, 'vfio-pci', { uses: ['default route'] })), 'in force'],
    ['of virtual functions that are there', withVfs({}), target(judged(2, 'igb', numVfs(2)), { vfAutoprobe: false }), 'in force'],
    ['of virtual functions of which some are missing', withVfs({}), target(judged(2, 'igb', numVfs(1))), 'not taken; it has 1 virtual functions, not 2'],
    ['of virtual functions before a card that has none', withVfs({}), target(judged(2, 'igb')), 'not taken; it has 0 virtual functions, not 2'],
    [
      'of virtual functions that host drivers may take',
      withVfs({}),
      target(judged(2, 'igb', numVfs(2)), { vfAutoprobe: true }),
      'not taken; host drivers may take its virtual functions',
    ],
    [
      'of virtual functions that host drivers are to take',
      withVfs({ hostDrivers: true }),
      target(judged(2, 'igb', numVfs(2)), { vfAutoprobe: true }),
      'in force',
    ],
    [
      'of settings that are so, however they are written',
      withVfs({ settings: { '1': { mac: '52:54:00:aa:00:01', vlan: '7', spoofchk: 'on', max_tx_rate: '0' } } }),
      target(judged(2, 'igb', numVfs(2)), { vfSettings: told }),
      'in force',
    ],
    [
      'of settings that are otherwise',
      withVfs({ settings: { '1': { vlan: '8', mac: '52:54:00:aa:00:02', max_tx_rate: '100' } } }),
      target(judged(2, 'igb', numVfs(2)), { vfSettings: told }),
      'not taken; mac of VF 1 is 52:54:00:AA:00:01, not 52:54:00:aa:00:02; vlan of VF 1 is 7, not 8; rate of VF 1 is 0, not 100',
    ],
    [
      'of a setting that the driver does not tell',
      withVfs({ settings: { '1': { trust: 'on', vlan: '7' } } }),
      target(judged(2, 'igb', numVfs(2)), { vfSettings: told }),
      'unknown; trust of VF 1 cannot be seen here',
    ],
    [
      'of settings where nobody can be asked',
      withVfs({ settings: { '0': { vlan: '7' }, '1': { vlan: '7' } } }),
      target(judged(2, 'igb', numVfs(2))),
      'unknown; vlan of VF 0 cannot be seen here; vlan of VF 1 cannot be seen here',
    ],
  ])('%s', (_, rule, found, line) => {
    expect(stands(rule, found)).toBe(line);
    expect(entry(rule, found)).toMatchObject({ driver: rule.driver, vfs: rule.vfs });
  });
});

describe('what speaks against taking a function', () => {
  it.each([
    ['free', undefined],
    ['held', undefined],
    ['in use', 'this host uses: eth0 → a; eth0 → b'],
    ['unknown', 'this host may use: eth0 → a; eth0 → b'],
    ['not assignable', 'cannot be given to guests: eth0 → a; eth0 → b'],
  ] as const)('of one that is %s: %s', (verdict, words) => {
    expect(whyNotToTake({ ...judged(2, 'igb', { uses: ['a', 'b'] }), verdict })).toBe(words);
  });
});

describe('a rule of others', () => {
  const rule = (changes: Partial<ForeignRule>): ForeignRule => ({ by: 'modprobe', file: 'f', what: '8086:10c9', driver: 'vfio-pci', void: null, ...changes });
  const byAddress = rule({ by: 'driverctl', what: ADDRESS });
  const ROUTE = { uses: ['default route'] };
  it.each<[string, ForeignRule, JudgedFunction[], string[]]>([
    ['that has what it wants', rule({}), [judged(2, 'vfio-pci')], []],
    ['whose ids no function has', rule({ what: '10de:1eb8' }), [judged(2, 'igb')], ['no function of this host has these ids']],
    ['whose ids nobody can read', rule({ what: 'gpu' }), [judged(2, 'igb')], ['vfio-pci cannot read it: VENDOR:DEVICE in hexadecimal']],
    [
      'that takes several',
      rule({}),
      [judged(2, 'vfio-pci'), judged(3, 'igb'), judged(4, undefined), judged(5, 'nvme', { device: 1 })],
      ['0000:03:00.0 is with igb, not with vfio-pci', '0000:04:00.0 is with no driver, not with vfio-pci'],
    ],
    [
      'that takes what the host uses',
      rule({}),
      [judged(2, 'vfio-pci'), judged(3, 'igb', ROUTE)],
      ['0000:03:00.0 is with igb, not with vfio-pci', 'it matches 0000:03:00.0, which this host uses: eth0 → default route'],
    ],
    ['that does not count', rule({ void: 'a later list replaces it' }), [judged(2, 'igb')], ['a later list replaces it']],
    [
      'that does not count, and would take what the host uses',
      rule({ void: 'a later list replaces it' }),
      [judged(2, 'igb'), judged(3, 'igb', ROUTE)],
      ['a later list replaces it', 'it matches 0000:03:00.0, which this host uses: eth0 → default route'],
    ],
    ['of driverctl that has what it wants', byAddress, [judged(2, 'vfio-pci'), judged(3, 'igb')], []],
    ['of driverctl for nothing', byAddress, [judged(3, 'igb')], ['there is no function at that address']],
    ['of driverctl that is not so', byAddress, [judged(2, 'igb')], ['it is with igb, not with vfio-pci']],
    [
      'of driverctl for what the host uses',
      byAddress,
      [judged(2, 'igb', ROUTE)],
      ['it is with igb, not with vfio-pci', 'it wants what this host uses: eth0 → default route'],
    ],
    ['of driverctl for a host driver takes nothing from the host', rule({ ...byAddress, driver: 'igb' }), [judged(2, 'igb', ROUTE)], []],
    ['of driverctl for no driver', rule({ ...byAddress, driver: 'none' }), [judged(2, undefined)], []],
    ['of driverctl for no driver that is not so', rule({ ...byAddress, driver: 'none' }), [judged(2, 'igb')], ['it is with igb, not with any']],
  ])('%s', (_, foreign, functions, drift) => {
    expect(foreignDrift(foreign, functions)).toEqual(drift);
  });

  const line = (command: string, module: string, rest: string) => ({ file: '/etc/modprobe.d/v.conf', command, module, rest });
  const rules = (commandLine: string, ...lines: ReturnType<typeof line>[]): string[] =>
    vfioPciRules(commandLine, lines).map((each) => `${each.by} ${each.file} ${each.what} ${each.driver}${each.void === null ? '' : `: ${each.void}`}`);
  it('is found on the command line and among the options of modprobe', () => {
    expect(rules('ro vfio-pci.ids=1:2,3:4')).toEqual(['kernel command line /proc/cmdline 1:2 vfio-pci', 'kernel command line /proc/cmdline 3:4 vfio-pci']);
    expect(rules('', line('options', 'vfio_pci', 'ids=1:2 disable_vga=1'))).toEqual(['modprobe /etc/modprobe.d/v.conf 1:2 vfio-pci']);
    expect(
      rules('xvfio-pci.ids=1:2', line('install', 'vfio_pci', 'ids=1:2'), line('options', 'igb', 'ids=1:2'), line('options', 'vfio_pci', 'xids=1:2')),
    ).toEqual([]);
  });

  it('that a later one replaces says by which, and one behind a blank that it is cut off', () => {
    const replaced = 'a later list of ids replaces this one';
    expect(rules('vfio_pci.ids=1:2 vfio_pci.ids=3:4', line('options', 'vfio_pci', 'ids=5:6'))).toEqual([
      `kernel command line /proc/cmdline 1:2 vfio-pci: ${replaced} (/proc/cmdline)`,
      'kernel command line /proc/cmdline 3:4 vfio-pci',
      `modprobe /etc/modprobe.d/v.conf 5:6 vfio-pci: ${replaced} (/proc/cmdline)`,
    ]);
    expect(rules('', line('options', 'vfio_pci', 'ids=1:2'), line('options', 'vfio_pci', 'ids=5:6, 7:8'))).toEqual([
      `modprobe /etc/modprobe.d/v.conf 1:2 vfio-pci: ${replaced} (/etc/modprobe.d/v.conf)`,
      'modprobe /etc/modprobe.d/v.conf 5:6 vfio-pci',
      'modprobe /etc/modprobe.d/v.conf 7:8 vfio-pci: the blank before it ends the list, so the kernel does not take it: write the list without blanks',
    ]);
  });

  it.each([
    ['/etc/udev/rules.d', true],
    ['/proc/cmdline', true],
    ['/etc/driverctl.d', true],
    ['/etc/driverctl.d/0000:02:00.0', true],
    ['/etc/modprobe.d/x.conf', true],
    ['/lib/modprobe.d', true],
    ['/etc/udev/rules.d/10-hostdev.rules', false],
    ['/etc/driverctl.d2', false],
    ['/etc', false],
    ['/x/etc/driverctl.d', false],
  ])('may be at %s: %s', (path, may) => {
    expect(mayHaveRules(path)).toBe(may);
  });
});
