/** Rows of the host before a plan and after it. */
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/server/api/plan.ts';
import type { Wish } from '../../../src/server/api/wishes.ts';
import { rowChanges } from '../../../src/web/page/flow/row-changes.ts';
import { hostWrites } from '../../../src/web/page/flow/step-words.ts';
import { functionAt, guestWith } from './host-samples.ts';

type Planned = Parameters<typeof rowChanges>[0];

const A = functionAt('0000:01:00.0');
const B = functionAt('0000:02:00.0');
const HELD = functionAt('0007:00:00.0', { driver: 'vfio-pci', verdict: 'held', why: ['guest db1'], fid: '0x00000017' });

function planned(wish: Wish, more: { functions?: Plan['functions']; changes?: readonly object[]; items?: readonly object[] }): Planned {
  const { functions = [], changes = [], items = [] } = more;
  return { wish, functions, changes, answer: { items } } as unknown as Planned;
}

function rows(plan: Planned): string[] {
  return rowChanges(plan, { functions: [A, B, HELD], guests: [guestWith('db1', [HELD.hostAddress])] }).map(
    ({ name, before, after }) => `${name}: ${before.mark ?? '-'} ${before.words} → ${after.mark ?? '-'} ${after.words}`,
  );
}

/** A change of db1 by steps that are told as `attach guest 0000:01:00.0`. */
const inGuest = (verb: string, functions: readonly string[], ...steps: readonly string[]): object => ({
  ...{ verb, functions, subject: `${functions.join(' → ')} in db1` },
  steps: steps.map((told) => {
    const [kind, device, ...on] = told.split(' ');
    return { what: told, step: { kind, device, on: on.join(' ') } };
  }),
});

const placed = (hostAddress: string, more: object = {}): object => ({
  kind: 'guest change',
  guest: 'db1',
  functions: [
    { device: hostAddress, hostAddress, guestAddress: '0000:00:02.0', uid: '0x0022', fid: '0x00000001', live: true, config: true, changed: true, ...more },
  ],
});

describe('the rows of a plan say', () => {
  test.each<readonly [string, Planned, readonly string[]]>([
    [
      'which driver a function gets, and what its mate in the group is from then on',
      planned(
        { verb: 'prepare', functions: [A.hostAddress] },
        {
          functions: [
            { before: A, after: { ...A, driver: 'vfio-pci' }, whicheverDriver: false },
            { before: B, after: { ...B, verdict: 'not assignable', why: ['bridge in the group'] }, whicheverDriver: false },
          ],
          changes: [{ verb: 'prepare', subject: A.hostAddress, functions: [A.hostAddress], steps: [] }],
        },
      ),
      ['0000:01:00.0 X550: free ixgbe → free vfio-pci', '0000:02:00.0 X550: free ixgbe → not assignable ixgbe · bridge in the group'],
    ],
    [
      'that the kernel chooses a driver',
      planned(
        { verb: 'release', functions: [A.hostAddress] },
        { functions: [{ before: { ...A, driver: 'vfio-pci' }, after: { ...A, driver: null }, whicheverDriver: true }] },
      ),
      ['0000:01:00.0 X550: free vfio-pci → free the host driver that the kernel chooses'],
    ],
    [
      'where a guest will have a function',
      planned(
        { verb: 'attach', guest: 'db1', functions: [A.hostAddress] },
        {
          functions: [{ before: A, after: { ...A, driver: 'vfio-pci', verdict: 'held' }, whicheverDriver: false }],
          changes: [inGuest('attach', [A.hostAddress], `attach ${A.hostAddress} guest and definition`)],
          items: [placed(A.hostAddress)],
        },
      ),
      ['0000:01:00.0 X550: free ixgbe → held vfio-pci · → db1 at 00:02.0 uid 0x22'],
    ],
    [
      'that a definition gets it, although nothing else is said of it on the host',
      planned(
        { verb: 'attach', guest: 'db1', functions: [A.hostAddress], scope: 'config' },
        {
          changes: [inGuest('attach', [A.hostAddress], `attach ${A.hostAddress} definition`)],
          items: [placed(A.hostAddress, { live: null })],
        },
      ),
      ['0000:01:00.0 X550: free ixgbe → free ixgbe · → db1 at 00:02.0 uid 0x22, only in its definition'],
    ],
    [
      'that only what runs lets go of it',
      planned(
        { verb: 'detach', guest: 'db1', functions: [HELD.hostAddress], scope: 'live' },
        {
          functions: [{ before: HELD, after: { ...HELD, driver: null, verdict: 'free', why: [] }, whicheverDriver: true }],
          changes: [inGuest('detach', [HELD.hostAddress], `detach ${HELD.hostAddress} guest`)],
          items: [placed(HELD.hostAddress, { config: null })],
        },
      ),
      [
        'fid 0x17 0007:00:00.0 X550: held vfio-pci · → db1 at 00:01.0 uid 0x21 → free the host driver that the kernel chooses · → db1 at 00:01.0 uid 0x21, only in its definition',
      ],
    ],
    [
      'who comes and who goes in a swap',
      planned(
        { verb: 'swap', guest: 'db1', old: HELD.hostAddress, next: A.hostAddress },
        {
          functions: [
            { before: A, after: { ...A, driver: 'vfio-pci', verdict: 'held' }, whicheverDriver: false },
            { before: HELD, after: { ...HELD, driver: null, verdict: 'free', why: [] }, whicheverDriver: true },
          ],
          changes: [
            inGuest(
              'swap',
              [HELD.hostAddress, A.hostAddress],
              `detach ${HELD.hostAddress} definition`,
              `attach ${A.hostAddress} definition`,
              `detach ${HELD.hostAddress} guest`,
              `attach ${A.hostAddress} guest`,
            ),
          ],
          items: [placed(A.hostAddress)],
        },
      ),
      [
        '0000:01:00.0 X550: free ixgbe → held vfio-pci · → db1 at 00:02.0 uid 0x22',
        'fid 0x17 0007:00:00.0 X550: held vfio-pci · → db1 at 00:01.0 uid 0x21 → free the host driver that the kernel chooses',
      ],
    ],
    [
      'what undoing gives back to a guest, whose place there is not known before',
      planned(
        { verb: 'undo', operations: ['o1'] },
        { changes: [inGuest('attach', [A.hostAddress], `attach ${A.hostAddress} guest`, `attach ${A.hostAddress} definition`)] },
      ),
      ['0000:01:00.0 X550: free ixgbe → free ixgbe · → db1'],
    ],
    [
      'that a slot goes to standby with its function',
      planned(
        { verb: 'slot off', fids: ['0x00000017'] },
        {
          functions: [{ before: { ...HELD, verdict: 'free' }, after: null, whicheverDriver: false }],
          items: [{ fid: '0x00000017', before: { state: 'configured' }, after: { state: 'standby' }, changed: true }],
        },
      ),
      ['fid 0x17 0007:00:00.0 X550: free vfio-pci · → db1 at 00:01.0 uid 0x21 → - not there any more', 'slot 0x17: - configured → standby power off'],
    ],
    [
      'how many virtual functions there will be',
      planned(
        { verb: 'vf create', physicalFunction: A.hostAddress, numVfs: 4 },
        { items: [{ hostAddress: A.hostAddress, before: { numVfs: 0 }, after: { numVfs: 4 } }] },
      ),
      ['virtual functions of 0000:01:00.0: - 0 VFs → - 4 VFs'],
    ],
    ['nothing where nothing is another one', planned({ verb: 'vf set', virtualFunction: A.hostAddress, vlan: 4 }, {}), []],
  ])('%s', (_, plan, told) => expect(rows(plan)).toEqual(told));
});

test('what is written on the host is told apart from what is asked of a guest', () => {
  const step = (kind: string, what: string): unknown => ({ what, step: { kind } });
  const steps = [step('move', 'libvirt moves it'), step('write', 'write "1" to /sys/x'), step('attach', 'attach it'), step('load', 'load vfio-pci')];
  expect(hostWrites([{ steps }] as never)).toEqual(['write "1" to /sys/x', 'load vfio-pci']);
});
