import { describe, expect, it } from 'vitest';
import { heldBy, judged, on } from '../../test/judged.ts';
import type { Slot } from '../state/slot.ts';
import { planReconfigure, planReset, planSlot, slotSteps } from './slot.ts';
import { formatStep, type Step } from './step.ts';

const ADDRESS = '0007:00:00.0';
const CONFIGURED: Slot = { fid: '0x00000017', state: 'configured', address: ADDRESS, uid: '0x0007', driver: 'nvme' };
const STANDBY: Slot = { fid: '0x00000017', state: 'standby', address: null, uid: null, driver: null };
const POWER = '/sys/bus/pci/slots/00000017/power';
const told = (steps: readonly Step[]): string[] => steps.map(formatStep);
const OFF = `write "0" to ${POWER}  # the function goes to standby`;
const ON = `write "1" to ${POWER}  # the function is configured`;

describe('a slot', () => {
  it('is switched off, and on again when that is undone', () => {
    const { steps, undo, ...transition } = planSlot(CONFIGURED, judged(ADDRESS), { wanted: 'standby', force: false });
    expect(transition).toEqual({ verb: 'slot off', subject: '00000017', before: { power: '1', functions: ADDRESS }, wanted: { power: '0' } });
    expect([told(steps), told(undo)]).toEqual([[OFF], [ON]]);
  });

  it('is switched on', () => {
    const { steps, undo, ...transition } = planSlot(STANDBY, undefined, { wanted: 'configured', force: false });
    expect(transition).toEqual({ verb: 'slot on', subject: '00000017', before: { power: '0' }, wanted: { power: '1' } });
    expect([told(steps), told(undo)]).toEqual([[ON], [OFF]]);
  });

  it('that is as it shall be needs no step, whatever uses its function', () => {
    const used = judged(ADDRESS, { verdict: 'in use', evidence: [on('sda', 'swap')] });
    expect(planSlot(CONFIGURED, used, { wanted: 'configured', force: false })).toMatchObject({ verb: 'slot on', steps: [], undo: [] });
    expect(planSlot(STANDBY, undefined, { wanted: 'standby', force: false })).toMatchObject({ verb: 'slot off', steps: [], undo: [] });
  });

  const USED = judged(ADDRESS, { verdict: 'in use', evidence: [on('sda', 'swap'), on('sdb', 'mounted on /')] });
  const HELD = judged(ADDRESS, { verdict: 'held', evidence: [heldBy('web')] });
  const WITH_VFS = judged(ADDRESS, { device: { sriov: { totalVfs: 4, numVfs: 1, virtualFunctions: [{ domain: 8, bus: 0, slot: 0, function: 0 }] } } });
  const WITHOUT_VFS = judged(ADDRESS, { device: { sriov: { totalVfs: 4, numVfs: 0, virtualFunctions: [] } } });
  const refusals = [
    [
      'that the host uses',
      USED,
      'function-in-use',
      `${ADDRESS} is in use: sda → swap; sdb → mounted on /`,
      'stop using it first; --force takes it away all the same, and what is named here is lost',
      true,
    ],
    [
      'that a guest holds',
      HELD,
      'function-held',
      `${ADDRESS} is held: guest web`,
      'detach it from the guest or stop the guest first; --wait waits for that',
      false,
    ],
    [
      'that has virtual functions',
      WITH_VFS,
      'sriov-in-use',
      `${ADDRESS} has virtual functions, which would go away with it`,
      `'hostdev vf remove ${ADDRESS}' first`,
      false,
    ],
  ] as const;
  it.each(refusals)('of a function %s is not switched off, nor reset', (_, judgment, code, message, hint, isForcible) => {
    const refused = expect.objectContaining({ code, message, hint, subject: ADDRESS }) as Error;
    for (const plan of [
      (force: boolean) => planSlot(CONFIGURED, judgment, { wanted: 'standby', force }),
      (force: boolean) => planReset(CONFIGURED, judgment, force),
      (force: boolean) => planReconfigure(CONFIGURED, judgment, force),
    ]) {
      expect(() => plan(false)).toThrow(refused);
      if (isForcible) expect(() => plan(true)).not.toThrow();
      else expect(() => plan(true)).toThrow(refused);
    }
  });

  it('of a function that could have virtual functions goes', () => {
    expect(planSlot(CONFIGURED, WITHOUT_VFS, { wanted: 'standby', force: false }).steps).toHaveLength(1);
  });

  it('is configured anew by two changes; one on standby by one that does something', () => {
    const changes = planReconfigure(CONFIGURED, judged(ADDRESS), false);
    expect(changes.map(({ verb, before, wanted }) => [verb, before, wanted])).toEqual([
      ['slot off', { power: '1', functions: ADDRESS }, { power: '0' }],
      ['slot on', { power: '0' }, { power: '1' }],
    ]);
    expect(planReconfigure(STANDBY, undefined, false).map(({ steps }) => told(steps))).toEqual([[], [ON]]);
  });

  it('has its function reset, which is where it was', () => {
    const { steps, ...change } = planReset(CONFIGURED, judged(ADDRESS), false);
    expect(told(steps)).toEqual([`write "1" to /sys/bus/pci/devices/${ADDRESS}/recover  # the function is shut down, and made anew`]);
    expect(change).toEqual({
      ...{ verb: 'slot reset', subject: '00000017', undo: [], wanted: { power: '1', there: 'yes' } },
      before: { power: '1', there: 'yes', functions: ADDRESS },
    });
  });

  it.each([
    ['on standby', STANDBY, undefined],
    ['without a function', { ...CONFIGURED, address: null }, judged(ADDRESS)],
    ['of which nothing is known', CONFIGURED, undefined],
  ])('%s has nothing to reset', (_, slot, judgment) => {
    expect(() => planReset(slot, judgment, true)).toThrow(
      expect.objectContaining({
        code: 'function-standby',
        subject: '0x00000017',
        message: 'the function of slot 0x00000017 is on standby: there is nothing to reset',
        hint: "'hostdev slot on 0x17' configures it",
      }) as Error,
    );
  });

  it.each<[Record<string, string | null>, Record<string, string | null>, string[]]>([
    [{ power: '1' }, { power: '1' }, []],
    [{ power: '1' }, {}, [OFF]],
    [{ power: '0' }, { power: '1', there: 'yes' }, [ON]],
    // It did not come back from a reset: its slot brings it back.
    [{ power: '1', there: null }, { power: '1', there: 'yes' }, [OFF, ON]],
    [{ power: '1', there: 'yes' }, { power: '1', there: 'yes' }, []],
    [{ power: '1', there: null }, { power: '1' }, []],
    [{ power: '1', there: null }, { power: '0', there: null }, [OFF]],
  ])('is led from %j to %j', (from, to, steps) => {
    expect(told(slotSteps({ subject: '00000017' }, from, to))).toEqual(steps);
  });
});
