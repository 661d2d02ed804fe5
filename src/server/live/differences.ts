/** What is other in one state than in another, as patches. */
import { keyOf, type Patch } from '../api/events.ts';
import type { WholeState } from '../api/state.ts';
import type { HostPart } from './read-state.ts';

/** Patches that lead from one state to the next; none where nothing has changed. */
export function differences(before: HostPart, after: HostPart): Patch[] {
  return [
    ...whole('host', before, after),
    ...keyed('functions', before, after),
    ...keyed('slots', before, after),
    ...keyed('guests', before, after),
    ...whole('persistent', before, after),
    ...whole('inForce', before, after),
  ];
}

function whole(of: 'host' | 'persistent' | 'inForce', before: HostPart, after: HostPart): Patch[] {
  return isSame(before[of], after[of]) ? [] : [{ of, value: after[of] } as Patch];
}

function keyed(of: 'functions' | 'slots' | 'guests', before: HostPart, after: HostPart): Patch[] {
  const texts = (state: HostPart): Map<string, readonly [text: string, value: object]> =>
    new Map((state[of] as WholeState[typeof of]).map((item) => [keyOf(of, item as never), [JSON.stringify(item), item]]));
  const [old, now] = [texts(before), texts(after)];
  const gone = [...old.keys()].filter((key) => !now.has(key)).map((key) => ({ of, key, value: null }));
  const other = [...now].filter(([key, [text]]) => old.get(key)?.[0] !== text).map(([key, [, value]]) => ({ of, key, value }));
  return [...gone, ...other] as Patch[];
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
