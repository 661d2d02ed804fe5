/** Rows keep their places while somebody is among them, and say what has become of them. */
import { describe, expect, test } from 'vitest';
import type { WholeState } from '../../../src/server/api/state.ts';
import { filterTree } from '../../../src/web/page/host/filter.ts';
import { holdersOf } from '../../../src/web/page/host/holders.ts';
import { hostTree } from '../../../src/web/page/host/host-tree.ts';
import { inPlace } from '../../../src/web/page/host/in-place.ts';
import { leavesOf } from '../../../src/web/page/host/node.ts';
import type { Layout, Place } from '../../../src/web/page/place/place.ts';
import { offeredInPlace } from '../../../src/web/page/flow/offered.ts';
import { heldRows } from '../../../src/web/page/shell/held-rows.ts';
import { functionAt, slotOf, together } from './host-samples.ts';

type Parts = Pick<WholeState, 'functions' | 'slots'>;
const parts = ({ functions = [], slots = [] }: Partial<Parts>): Parts => ({ functions, slots });

interface Asked {
  readonly layout?: Layout;
  readonly verdict?: Place['verdict'];
}

/** What is shown of `now` by whoever holds what was shown of `before`. */
function held(before: Parts, now: Parts, { layout = 'tree', verdict = null }: Asked = {}): ReturnType<typeof inPlace> & { readonly keys: readonly string[] } {
  const shownOf = (each: Parts): ReturnType<typeof hostTree> =>
    filterTree(hostTree(each, layout), { search: '', verdict, classWord: null, guest: null }, holdersOf([]));
  const found = inPlace(shownOf(before), { ...now, found: shownOf(now) });
  return { ...found, keys: found.tree.flatMap(leavesOf).map(({ key }) => key) };
}

const [A, B, C] = [functionAt('0000:01:00.0'), functionAt('0000:02:00.0'), functionAt('0000:03:00.0')] as const;

describe('while somebody is among the rows', () => {
  test('what has changed stays in its place and says what it is now', () => {
    const { keys, tree, gone } = held(parts({ functions: [A, B] }), parts({ functions: [A, { ...B, driver: 'vfio-pci' }] }));
    expect(keys).toEqual([A.hostAddress, B.hostAddress]);
    expect(tree.map((node) => node.kind === 'function' && node.function.driver)).toEqual(['ixgbe', 'vfio-pci']);
    expect(gone.size).toBe(0);
  });

  test('what does not match the filter any more stays, with its new verdict', () => {
    const now = parts({ functions: [{ ...A, verdict: 'held' }, B] });
    const { keys, tree } = held(parts({ functions: [A, B] }), now, { verdict: 'free' });
    expect(keys).toEqual([A.hostAddress, B.hostAddress]);
    expect(tree[0]?.kind === 'function' && tree[0].function.verdict).toBe('held');
  });

  test('what comes in between waits, and is counted', () => {
    const { keys, coming } = held(parts({ functions: [A, C] }), parts({ functions: [A, B, C] }));
    expect(keys).toEqual([A.hostAddress, C.hostAddress]);
    expect(coming).toBe(1);
  });

  test('what has gone keeps its row and what was known of it last, and is told to be gone', () => {
    const { keys, gone } = held(parts({ functions: [A, B] }), parts({ functions: [B] }));
    expect(keys).toEqual([A.hostAddress, B.hostAddress]);
    expect([...gone]).toEqual([A.hostAddress]);
  });

  test('a bridge whose second function goes keeps its row although it would be in that of the other one', () => {
    const behind = { behind: A.hostAddress };
    const before = parts({ functions: [A, { ...B, ...behind }, { ...C, ...behind }] });
    const { keys, gone } = held(before, parts({ functions: [A, { ...B, ...behind }] }));
    expect(keys).toEqual([A.hostAddress, B.hostAddress, C.hostAddress]);
    expect([...gone]).toEqual([C.hostAddress]);
  });

  test('a bridge that was in the row of its child is no row that comes', () => {
    const behind = { behind: A.hostAddress };
    const now = parts({ functions: [A, { ...B, ...behind }, { ...C, ...behind }] });
    expect(held(parts({ functions: [A, { ...B, ...behind }] }), now).coming).toBe(1);
  });

  test('a slot whose function comes keeps its row, and the function waits', () => {
    const slot = slotOf('0x00000017', { pchid: '0x0128' });
    const now = parts({ functions: [functionAt('0017:00:00.0', { fid: slot.fid, pchid: '0x0128' })], slots: [{ ...slot, state: 'configured' }] });
    const { keys, gone, coming } = held(parts({ slots: [slot] }), now);
    expect([keys, [...gone], coming]).toEqual([['fid 0x00000017'], ['fid 0x00000017'], 1]);
  });

  test.each<readonly [string, Parts, Parts, Layout, string]>([
    [
      'virtual functions',
      parts({ functions: [A, { ...B, physicalFunction: A.hostAddress }, { ...C, physicalFunction: A.hostAddress }] }),
      parts({ functions: [A, { ...B, physicalFunction: A.hostAddress, verdict: 'held' }] }),
      'tree',
      '1 VF: 1 held',
    ],
    [
      'an IOMMU group',
      parts({ functions: together(7, [B.hostAddress, C.hostAddress]) }),
      parts({ functions: together(7, [B.hostAddress, C.hostAddress]).map((each) => ({ ...each, verdict: 'in use' as const })) }),
      'groups',
      '2 functions: 2 in use',
    ],
  ])('%s are summed up as they are now', (_, before, now, layout, words) => {
    const all = held(before, now, { layout }).tree.flatMap((node) => [node, ...node.children]);
    expect(all.flatMap((node) => ('words' in node ? [node.words] : []))).toEqual([words]);
  });
});

test('functions to choose from stay where they were when the list was opened, as they are now; what comes is last, and what has gone is told', () => {
  const taken = { ...C, verdict: 'in use' as const };
  const come = functionAt('0000:00:02.0');
  const offered = offeredInPlace([C, B, A], [come, B, A, taken].toSorted(), [come, B, taken]);
  expect(offered.map(({ function: { hostAddress, verdict }, isGone }) => `${hostAddress} ${verdict}${isGone ? ' gone' : ''}`)).toEqual([
    '0000:03:00.0 in use',
    '0000:02:00.0 free',
    '0000:01:00.0 free gone',
    '0000:00:02.0 free',
  ]);
});

test('rows of a table stay where they were, as they are now', () => {
  const row = (key: string, state = 'running'): { key: string; state: string } => ({ key, state });
  const rows = heldRows([row('b'), row('c'), row('d')], [row('a'), row('b', 'off'), row('d')]);
  expect(rows.map(({ key, state, isGone }) => `${key} ${state}${isGone ? ' gone' : ''}`)).toEqual(['b off', 'c running gone', 'd running', 'a running']);
});
