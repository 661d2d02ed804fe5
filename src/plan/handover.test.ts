import { describe, expect, it } from 'vitest';
import { judged, on } from '../../test/judged.ts';
import { problemWords, refusal } from '../../test/refusal.ts';
import type { Problem } from '../errors.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { driverNote, type HostFunction, mustBePrepared, notPrepared, refuseUnprepared, refuseUnseen, warningUnseen } from './handover.ts';
import { isHeldByNote, onlyUdevUses } from './passing.ts';
import type { Refusal } from './assignable.ts';
import { explainStandby } from './standby.ts';
import { refuseUnclear, type Standing, undoCommands } from './undo-commands.ts';

const fn = (address: string, driver?: string): HostFunction => ({ address: parsePciAddress(address), driver });
const A = '0000:01:00.0';
const B = '0000:02:00.0';
describe('a function that libvirt does not take itself', () => {
  it.each([
    ['nvme', { managed: false }, true],
    [undefined, { managed: false }, true],
    ['vfio-pci', { managed: false }, false],
    ['nvme', { managed: true }, false],
    ['nvme', {}, false],
    ['nvme', undefined, false],
  ])('with %s, asked for as %j, has to be prepared: %s', (driver, spec, must) => {
    expect(mustBePrepared(fn(A, driver), spec)).toBe(must);
    expect(driverNote(fn(A, driver), spec).map(problemWords)).toEqual(
      must ? [`function-not-prepared ${A}: ${A} is with ${driver ?? 'no driver'}; it is taken to vfio-pci first, and stays there`] : [],
    );
  });

  it('is refused with the command that prepares it, or with what else helps', () => {
    expect(problemWords(notPrepared(fn(A, 'nvme'), ', because so').toProblem())).toBe(
      `function-not-prepared ${A}: ${A} is with nvme, because so (hostdev prepare ${A})`,
    );
    expect(problemWords(notPrepared(fn(A), '', 'h').toProblem())).toBe(`function-not-prepared ${A}: ${A} is with no driver (h)`);
  });

  it('is refused where nobody here can prepare it', () => {
    const [taken, free] = [fn(A, 'vfio-pci'), fn(B, 'nvme')];
    expect(refusal(() => refuseUnprepared([taken, free], [{ managed: false }, { managed: true }]))).toBeUndefined();
    expect(refusal(() => refuseUnprepared([taken, free], [{ managed: true }, { managed: false }]))).toBe(
      `function-not-prepared ${B}: ${B} is with nvme over there, and --managed no leaves that to you (run 'hostdev prepare ${B}' there)`,
    );
  });
});

describe('a function of a host that cannot be seen from here', () => {
  const HINT = `run 'hostdev check ${B}' there; if it says free, add --force here`;
  it.each([
    [{ host: 'z1', why: 'ssh is refused' }, `function-in-use ${B}: whether z1 uses ${B} (nvme) cannot be seen from here: ssh is refused (${HINT})`],
    [{ host: undefined, why: '' }, `function-in-use ${B}: whether that host uses ${B} (nvme) cannot be seen from here (${HINT})`],
  ])('is refused unless forced: %j', (host, line) => {
    const all = [fn(A, 'vfio-pci'), fn(B, 'nvme')];
    expect(refusal(() => refuseUnseen(host, all, [], false))).toBe(line);
    expect(refusal(() => refuseUnseen(host, all, [], true))).toBeUndefined();
    expect(refusal(() => refuseUnseen(host, all.slice(0, 1), [], false))).toBeUndefined();
    expect(refusal(() => refuseUnseen(host, all, [undefined, { managed: false }], true))).toMatch(/^function-not-prepared/);
    expect(refusal(() => refuseUnseen(host, [fn(B)], [], false))).toContain(`${B} (no driver)`);
  });

  it('is a warning where its host does without it from the next start on', () => {
    expect(problemWords(warningUnseen({ host: 'z1', why: 'no ssh' }, parsePciAddress(B)))).toBe(
      `function-in-use ${B}: whether z1 uses ${B} cannot be seen from here: no ssh (the next start of the guest takes it: run 'hostdev check ${B}' there before)`,
    );
    expect(warningUnseen({ host: 'z1', why: '' }, parsePciAddress(B)).severity).toBe('warning');
  });
});

describe('what passes by itself', () => {
  const open = (openBy: string) => ({ ...on('sda', `open by ${openBy}`), openBy });
  const used = (...evidence: ReturnType<typeof on>[]) => judged(A, { verdict: 'in use', evidence });
  it.each([
    ['udev alone', [used(open('(udev-worker)'), open('systemd-udevd')), judged(B), used(open('udevd'))], true],
    ['udev and somebody', [used(open('udevd'), open('zpool'))], false],
    ['udev on one and a mount on another one', [used(open('udevd')), used(on('sda', 'swap'))], false],
    ['nobody', [judged(A)], false],
    ['udev, on what is not in use', [judged(A, { verdict: 'unknown', evidence: [open('udevd')] })], false],
  ])('is that %s uses it', (_, judgments, passes) => {
    expect(onlyUdevUses(judgments)).toBe(passes);
  });

  it.each([
    [[{ code: 'function-held', isNote: true }], true],
    [[{ code: 'function-held', isNote: false }], false],
    [[{ code: 'function-in-use', isNote: true }], false],
    [
      [
        { code: 'function-in-use', isNote: false },
        { code: 'function-held', isNote: true },
      ],
      false,
    ],
    [[], false],
  ])('is that libvirt has not written down that it let go: %j', (refusals, passes) => {
    expect(isHeldByNote(refusals as unknown as Refusal[])).toBe(passes);
  });
});

describe('a function that is not there', () => {
  const problem = (told: Partial<Problem> = {}): Problem => ({
    code: 'function-unknown',
    severity: 'error',
    subject: '0007:00:00.0',
    message: 'm',
    hint: 'h',
    ...told,
  });
  const SWITCHED = { slot: '00000017', functions: ['0007:00:00.0', '0008:00:00.0'], time: '2026-11-26T10:00:00Z', by: 'root (pid 7)' };
  const SINCE = ' since 2026-11-26T10:00:00Z, when root (pid 7) switched its slot off';
  it.each<[string, Problem, Parameters<typeof explainStandby>[1], string]>([
    ['is left alone where nothing is on standby', problem(), { off: [], switched: [SWITCHED] }, 'function-unknown 0007:00:00.0: m (h)'],
    [
      'is left alone where something else is wrong',
      problem({ code: 'address-malformed' }),
      { off: ['00000017'], switched: [SWITCHED] },
      'address-malformed 0007:00:00.0: m (h)',
    ],
    [
      'is on standby since we switched it off',
      problem(),
      { off: ['00000018', '00000017'], switched: [{ ...SWITCHED, functions: [] }, SWITCHED] },
      `function-standby 0007:00:00.0: 0007:00:00.0 is on standby in slot 0x00000017${SINCE} ('hostdev slot on 0x17' configures it)`,
    ],
    [
      'is on standby since we switched its slot off, by its id',
      problem({ subject: 'fid=0x17' }),
      { off: ['00000017'], switched: [SWITCHED] },
      `function-standby fid=0x17: fid=0x17 is on standby in slot 0x00000017${SINCE} ('hostdev slot on 0x17' configures it)`,
    ],
    [
      'is on standby, whoever sent it there, by its id',
      problem({ subject: 'FID=aB' }),
      { off: ['000000ab'], switched: [] },
      "function-standby FID=aB: FID=aB is on standby in slot 0x000000ab ('hostdev slot on 0xab' configures it)",
    ],
    [
      'may be any of those on standby',
      problem(),
      { off: ['00000017', '00000100'], switched: [] },
      "function-unknown 0007:00:00.0: m (h; functions are on standby: 'hostdev slot on 0x17', 'hostdev slot on 0x100')",
    ],
    [
      'may be any of those, without more to say',
      { code: 'function-unknown', severity: 'error', message: 'm' },
      { off: ['00000017'], switched: [SWITCHED] },
      "function-unknown undefined: m (functions are on standby: 'hostdev slot on 0x17')",
    ],
    [
      'is not that of a slot that is on again',
      problem(),
      { off: ['00000018'], switched: [SWITCHED] },
      "function-unknown 0007:00:00.0: m (h; functions are on standby: 'hostdev slot on 0x18')",
    ],
    [
      'is not called by an id that is none',
      problem({ subject: 'fid=0x123456789' }),
      { off: ['00000017'], switched: [] },
      "function-unknown fid=0x123456789: m (h; functions are on standby: 'hostdev slot on 0x17')",
    ],
  ])('%s', (_, one, slots, line) => {
    expect(problemWords(explainStandby(one, slots))).toBe(line);
  });
});

describe('what takes back all that is in force', () => {
  const standing = (parts: Partial<Standing>): Standing => ({ ruled: [], changes: [], found: new Map(), atBoot: { taken: [], vfs: new Map() }, ...parts });
  const change = (verb: Standing['changes'][number]['verb'], subject: string, state = 'in force') => ({ verb, subject, state });
  const by = (parts: Partial<Standing>): string[] => undoCommands(standing(parts)).map((command) => command.by);
  const vfs = (count: number, hostDrivers?: boolean) => ({ count, hostDrivers });

  it.each<[string, Partial<Standing>, string[]]>([
    ['nothing', {}, []],
    ['a function that was prepared', { changes: [change('prepare', A)] }, [`release ${A}`]],
    ['a slot', { changes: [change('slot off', '00000017')] }, ['slot on 0x00000017']],
    [
      'the latest first',
      { changes: [change('prepare', A), change('slot off', '00000017'), change('prepare', B)] },
      [`release ${B}`, 'slot on 0x00000017', `release ${A}`],
    ],
    ['virtual functions where there were none', { changes: [change('vf create', A)], found: new Map([[A, vfs(0)]]) }, [`vf remove ${A}`]],
    ['virtual functions of which nothing is known', { changes: [change('vf create', A)] }, [`vf remove ${A}`]],
    ['virtual functions where there were others', { changes: [change('vf create', A)], found: new Map([[A, vfs(2, false)]]) }, [`vf create ${A} 2`]],
    ['virtual functions of host drivers', { changes: [change('vf create', A)], found: new Map([[A, vfs(2, true)]]) }, [`vf create ${A} 2 --host-drivers`]],
    [
      'nothing of what is not in force, nor of what took something back, or is kept elsewhere',
      {
        changes: [
          ...[change('prepare', A, 'gone'), change('prepare', A, 'interrupted'), change('release', A), change('vf remove', A), change('vf set', A)],
          ...[change('slot on', '00000017'), change('persist', A), change('attach', A), change('pool create', 'vfs')],
        ],
      },
      [],
    ],
    [
      'rules first, then what they took at boot, and what they made last',
      { ruled: [A, B], changes: [change('prepare', '0000:03:00.0')], atBoot: { taken: [A], vfs: new Map([[B, vfs(0)]]) } },
      [`persistent remove ${A}`, `persistent remove ${B}`, `release ${A}`, 'release 0000:03:00.0', `vf remove ${B}`],
    ],
    [
      'each function once, by its change',
      { changes: [change('prepare', A), change('vf create', B)], found: new Map([[B, vfs(4)]]), atBoot: { taken: [A], vfs: new Map([[B, vfs(0)]]) } },
      // What the rule made of it counts: without the rule there would be none.
      [`vf remove ${B}`, `release ${A}`],
    ],
  ])('takes back %s', (_, parts, commands) => {
    expect(by(parts)).toEqual(commands);
  });

  it('tells each by what it is done to, with what was there before', () => {
    expect(undoCommands(standing({ changes: [change('vf create', A)], found: new Map([[A, vfs(2, true)]]) }))).toEqual([
      { subject: A, by: `vf create ${A} 2 --host-drivers`, verb: 'vf create', vfs: { count: 2, hostDrivers: true } },
    ]);
    expect(undoCommands(standing({ changes: [change('slot off', '00000017')] }))).toEqual([
      { subject: '0x00000017', by: 'slot on 0x00000017', verb: 'slot on', vfs: { count: 0, hostDrivers: undefined } },
    ]);
  });

  it('is not said while something is open, or damaged', () => {
    expect(() => refuseUnclear([change('prepare', A)], [])).not.toThrow();
    expect(refusal(() => refuseUnclear([change('prepare', A, 'interrupted'), change('persist', B), change('vf set', B, 'interrupted')], []))).toBe(
      `recovery-needed undefined: a change was interrupted: prepare ${A}, vf set ${B} (run 'hostdev recover' first: until then it is not known what there is to undo)`,
    );
    const damage: Problem = { code: 'journal-damaged', severity: 'error', subject: 'j', message: 'm', hint: 'h' };
    expect(refusal(() => refuseUnclear([change('prepare', A, 'interrupted')], [damage]))).toBe('journal-damaged j: m (h)');
  });
});
