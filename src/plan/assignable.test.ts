import { describe, expect, it } from 'vitest';
import { heldBy, judged, mate, on } from '../../test/judged.ts';
import { HostdevError } from '../errors.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { Evidence } from '../state/verdict.ts';
import { type Judged, type Recipient, type Refusal, refusalsToGive } from './assignable.ts';
import { acceptedLosses, asWarning, definitionRefusals, forDefinition, isForcible, lossWarning, refuseHeld, refusalsToTake } from './force.ts';
import { lossBySwitchingOff, refusalToDisturb, refusalToRecount } from './removable.ts';

const A = '0000:01:00.0';
const B = '0000:01:00.1';
const told = ({ code, message, hint }: Refusal): string => `${code}: ${message} (${hint})`;
const GROUP = 'a group goes to vfio as a whole; add --group to take all of it, if the host can do without';
const SWITCH = "switch the IOMMU on (firmware, and intel_iommu=on on the kernel command line of Intel hosts); 'hostdev check' says what is missing";
const LOST = '--force takes it all the same, and what is named here is lost';

describe('what speaks against giving a function', () => {
  const evidence = (kind: Evidence['kind'], ...chain: string[]): Evidence => ({ kind, chain });
  const console = (pciClass: number): Judged => judged(A, { verdict: 'in use', evidence: [evidence('console', 'x')], device: { pciClass } });
  const never = (kind: Evidence['kind']): Judged => judged(A, { verdict: 'not assignable', evidence: [evidence(kind, 'so it is'), on('sda', 'swap')] });
  it.each<[string, Judged, string[]]>([
    ['that is free', judged(A), []],
    [
      'that the host uses',
      judged(A, { verdict: 'in use', evidence: [on('sda', 'swap'), on('sdb', '/')] }),
      [`function-in-use: ${A} is in use: sda → swap; sdb → / (stop using it first; ${LOST})`],
    ],
    [
      'of which nobody knows',
      judged(A, { verdict: 'unknown', evidence: [on('x')] }),
      [`function-in-use: ${A} is unknown: x (make sure that it is not used, then add --force)`],
    ],
    [
      'that a guest holds',
      judged(A, { verdict: 'held', evidence: [heldBy('web')] }),
      [`function-held: ${A} is held: guest web (detach it from the guest or stop the guest first; --wait waits for that)`],
    ],
    [
      'whose virtual functions are there',
      judged(A, { verdict: 'in use', evidence: [evidence('sriov', 'PF')] }),
      [`function-in-use: ${A} is in use: PF (remove its VFs first: 'hostdev vf remove ${A}'; --force takes it all the same, and they are lost)`],
    ],
    [
      'whose virtual functions are there, and more',
      judged(A, { verdict: 'in use', evidence: [evidence('sriov', 'PF'), on('x')] }),
      [`function-in-use: ${A} is in use: PF; x (stop using it first; ${LOST})`],
    ],
    [
      'that the screen is on',
      console(0x03_00_00),
      [
        `function-in-use: ${A} is in use: x (make another graphics card the first one in the firmware, or keep the console off this one (kernel argument video=efifb:off, and no host driver for it); --force takes it all the same, and the console is lost)`,
      ],
    ],
    [
      'that the serial console is on',
      console(0x07_00_02),
      [
        `function-in-use: ${A} is in use: x (give the kernel another console first (its argument console=…, and no getty on this one: 'systemctl stop serial-getty@…'); --force takes it all the same, and the console is lost)`,
      ],
    ],
    [
      'that the console is on, and more',
      judged(A, { verdict: 'in use', evidence: [evidence('console', 'x'), on('y')] }),
      [`function-in-use: ${A} is in use: x; y (stop using it first; ${LOST})`],
    ],
    [
      'that the console is on, of another host that does not tell its class',
      { ...console(0), device: { address: parsePciAddress(A), iommuGroup: 7 } },
      [`function-in-use: ${A} is in use: x (stop using it first; ${LOST})`],
    ],
    ...(
      [
        ['dead', 'switch the machine off and on; a function that never answers has a hardware fault'],
        ['group', 'if the host can do without that driver, unbind it by hand'],
        ['bridge', 'name the functions behind it instead'],
        ['VMD', 'name the controller, or switch VMD off in the firmware'],
        ['no group', SWITCH],
      ] as const
    ).map(([kind, hint]): [string, Judged, string[]] => [
      `that never can be: ${kind}`,
      never(kind),
      [`function-not-assignable: ${A} is not assignable: so it is; sda → swap (${hint})`],
    ]),
    ['that never can be, nobody says why', judged(A, { verdict: 'not assignable' }), [`function-not-assignable: ${A} is not assignable:  (${SWITCH})`]],
    [
      'whose group is not whole',
      judged(A, { companions: [mate(B), mate('0000:01:00.2', { driver: 'vfio-pci', mustGo: false })] }),
      [`group-incomplete: ${A} shares IOMMU group 7 with ${B} (audio device, snd_hda_intel) (${GROUP})`],
    ],
    [
      'that the host uses, and whose group is not whole',
      judged(A, { verdict: 'in use', evidence: [on('x')], companions: [mate(B)] }),
      [
        `group-incomplete: ${A} shares IOMMU group 7 with ${B} (audio device, snd_hda_intel) (${GROUP})`,
        `function-in-use: ${A} is in use: x (stop using it first; ${LOST})`,
      ],
    ],
    [
      'that never can be, whatever its group',
      judged(A, { verdict: 'not assignable', evidence: [evidence('bridge', 'it is a bridge')], companions: [mate(B)] }),
      [`function-not-assignable: ${A} is not assignable: it is a bridge (name the functions behind it instead)`],
    ],
  ])('%s', (_, one, expected) => {
    expect(refusalsToGive([one]).map(told)).toEqual(expected);
  });

  it('has its evidence, its guests, and whether they are known by notes alone', () => {
    const [refusal] = refusalsToGive([judged(A, { verdict: 'held', evidence: [heldBy('web', true), { kind: 'guest', chain: ['somebody'], isNote: true }] })]);
    expect(refusal).toMatchObject({
      severity: 'error',
      subject: A,
      what: 'is held: guest web; somebody',
      evidence: ['guest web', 'somebody'],
      guests: ['web'],
      isNote: true,
    });
    const sure = judged(A, { verdict: 'held', evidence: [heldBy('web', true), heldBy('db')] });
    expect(refusalsToGive([sure])).toMatchObject([{ guests: ['web', 'db'], isNote: false }]);
    expect(refusalsToGive([judged(A, { verdict: 'held' })])).toMatchObject([{ isNote: false }]);
    const used = judged(A, { companions: [mate(B, { uses: [on('card0', 'open'), on('x')] })] });
    expect(refusalsToGive([used])).toMatchObject([{ evidence: [`${B} → card0 → open`, `${B} → x`], guests: [], isNote: false }]);
  });

  it('is nothing of the group when all of it goes, or is there already', () => {
    const [a, b] = [judged(A, { companions: [mate(B)] }), judged(B, { companions: [mate(A)] })];
    expect(refusalsToGive([a, b])).toEqual([]);
    expect(refusalsToGive([a], [parsePciAddress(B)])).toEqual([]);
    expect(refusalsToGive([a], [parsePciAddress('0000:09:00.0')])).toHaveLength(1);
  });

  it('is told in the order of what can be done about it', () => {
    const all = [
      judged('0000:04:00.0', { verdict: 'in use', evidence: [on('x')] }),
      judged('0000:03:00.0', { verdict: 'held', evidence: [heldBy('web')] }),
      judged('0000:02:00.0', { companions: [mate(B)] }),
      judged('0000:01:00.0', { verdict: 'not assignable', evidence: [evidence('dead', 'x')] }),
    ];
    expect(refusalsToGive(all).map(({ code }) => code)).toEqual(['function-not-assignable', 'group-incomplete', 'function-held', 'function-in-use']);
  });

  const HELD = judged(A, { verdict: 'held', evidence: [heldBy('web')], companions: [mate(B, { driver: 'vfio-pci', mustGo: false })] });
  it.each<[string, Judged, Recipient | undefined, boolean]>([
    ['the guest that has a mate of it', HELD, { name: 'web', has: [parsePciAddress(B)] }, true],
    ['another guest', HELD, { name: 'db', has: [parsePciAddress(B)] }, false],
    ['a guest that has nothing of its group', HELD, { name: 'web', has: [parsePciAddress('0000:09:00.0')] }, false],
    ['nobody in particular', HELD, undefined, false],
    ['the guest, by notes alone', { ...HELD, evidence: [heldBy('web', true)] }, { name: 'web', has: [parsePciAddress(B)] }, false],
    ['the guest, which is not alone', { ...HELD, evidence: [heldBy('web'), heldBy('db')] }, { name: 'web', has: [parsePciAddress(B)] }, false],
  ])('that is held may go to %s: %#', (_, one, to, may) => {
    expect(refusalsToGive([one], [], to).length === 0).toBe(may);
  });
});

describe('--force', () => {
  const USED = judged(A, { verdict: 'in use', evidence: [on('sda', 'swap')] });
  const HELD = judged(B, { verdict: 'held', evidence: [heldBy('web')] });
  const PARTIAL = judged('0000:02:00.0', { companions: [mate('0000:02:00.1')] });
  const NEVER = judged('0000:03:00.0', { verdict: 'not assignable', evidence: [{ kind: 'bridge', chain: ['it is a bridge'] }] });
  const ALL = refusalsToGive([USED, HELD, PARTIAL, NEVER]);

  it('takes what the host uses, and nothing else', () => {
    expect(ALL.filter(isForcible).map(({ subject }) => subject)).toEqual([A]);
  });

  it('says what is lost', () => {
    expect(acceptedLosses(ALL, () => true).map(({ code, severity, message }) => `${severity} ${code}: ${message}`)).toEqual([
      'warning function-not-assignable: with --force in spite of this: 0000:03:00.0 is not assignable: it is a bridge',
      'warning group-incomplete: with --force in spite of this: 0000:02:00.0 shares IOMMU group 7 with 0000:02:00.1 (audio device, snd_hda_intel)',
      `warning function-held: with --force in spite of this: ${B} is held: guest web`,
      `warning function-in-use: with --force this is lost: ${A} is in use: sda → swap`,
    ]);
    expect(acceptedLosses([], () => false)).toEqual([]);
  });

  it('that is not enough stops with the first refusal, and tells all others', () => {
    let error: unknown;
    try {
      acceptedLosses(ALL, isForcible);
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof HostdevError)) throw new Error('not refused');
    expect(error).toMatchObject({ code: 'function-not-assignable', subject: '0000:03:00.0', details: { evidence: ['it is a bridge'], isNote: false } });
    expect(error.others.map(({ code, severity, subject, hint }) => [code, severity, subject, hint])).toEqual([
      ['group-incomplete', 'error', '0000:02:00.0', GROUP],
      ['function-held', 'error', B, 'detach it from the guest or stop the guest first; --wait waits for that'],
    ]);
  });

  it('never takes from a guest what it holds', () => {
    expect(() => refuseHeld([USED, PARTIAL])).not.toThrow();
    expect(() => refuseHeld([USED, HELD])).toThrow(expect.objectContaining({ code: 'function-held', subject: B }) as Error);
  });

  it('is asked of what moves: what a guest holds may stay where it is', () => {
    const subjects = (moving: string[]): string[] => refusalsToTake([USED, HELD], (address) => moving.includes(address)).map(({ subject }) => subject);
    expect(subjects([A])).toEqual([A]);
    expect(subjects([A, B])).toEqual([B, A]);
  });

  it('is not asked by a definition for what a guest holds, nor for what the host does not have', () => {
    const definition = (added: string[], present: string[] = []): string[] =>
      definitionRefusals([USED, HELD, PARTIAL], { added: added.map(parsePciAddress), present: present.map(parsePciAddress) }).map(({ subject }) => subject);
    expect(definition([A, B, '0000:02:00.0', '0000:09:00.0'])).toEqual(['0000:02:00.0', A]);
    expect(definition(['0000:02:00.0'], ['0000:02:00.1'])).toEqual([]);
  });

  it('is offered by a definition with what the next start would do', () => {
    expect(ALL.map(forDefinition).map(({ code, hint }) => `${code}: ${hint}`)).toEqual([
      'function-not-assignable: the next start of the guest would take it; --force writes it all the same',
      'group-incomplete: the next start of the guest takes a group as a whole: add --group to give all of it; --force writes it all the same',
      'function-held: the next start of the guest would take it; --force writes it all the same',
      'function-in-use: the next start of the guest would take it; --force writes it all the same',
    ]);
  });

  it('makes warnings of problems, with another hint or none', () => {
    const problem = { code: 'function-in-use', severity: 'error', subject: A, message: 'm', hint: 'h' } as const;
    expect(asWarning(problem)).toStrictEqual({ code: 'function-in-use', severity: 'warning', subject: A, message: 'm' });
    expect(asWarning({ ...problem, subject: undefined as never }, 'x')).toStrictEqual({
      code: 'function-in-use',
      severity: 'warning',
      message: 'm',
      hint: 'x',
    });
    expect(lossWarning(problem)).toStrictEqual({ code: 'function-in-use', severity: 'warning', subject: A, message: 'with --force this is lost: m' });
  });
});

describe('what speaks against taking a function away', () => {
  const USED = judged(A, { verdict: 'in use', evidence: [on('sda', 'swap'), on('sdb', '/')] });
  it('is said as a loss where it is taken all the same', () => {
    expect(lossBySwitchingOff(judged(A))).toBeUndefined();
    expect(lossBySwitchingOff(USED)).toMatchObject({
      ...{ code: 'function-in-use', severity: 'warning', subject: A, message: `with --force this is lost: ${A} is in use: sda → swap; sdb → /` },
    });
  });

  it('is that a guest holds it', () => {
    expect(refusalToDisturb(USED, 'h')).toBeUndefined();
    const held = judged(B, { verdict: 'held', evidence: [heldBy('web'), heldBy('db')] });
    expect(refusalToDisturb(held, 'h')).toMatchObject({
      ...{ code: 'function-held', subject: B, message: `${B} is held: guest web; guest db`, hint: 'h', details: { evidence: ['guest web', 'guest db'] } },
    });
  });

  it('is that any of the virtual functions is used, before their number changes', () => {
    const hint = 'the number can only change through 0: detach them from their guests, or stop using them, first';
    expect(refusalToRecount([judged(A), judged(B)])).toBeUndefined();
    expect(refusalToRecount([judged(B), USED])).toMatchObject({
      code: 'sriov-in-use',
      subject: A,
      hint,
      message: `a virtual function is in use: ${A} (sda → swap; sdb → /)`,
    });
    expect(refusalToRecount([USED, judged(B, { uses: [heldBy('web')] })])).toMatchObject({
      ...{ subject: A, hint, message: `2 virtual functions are in use: ${A} (sda → swap; sdb → /), ${B} (guest web)` },
    });
  });
});
