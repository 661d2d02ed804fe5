import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepRevisions } from './revisions.ts';
import type { Entry, Operation } from './store.ts';

const key = fc.constantFrom('a', 'a/b', 'a/c', 'a0', 'b/1', 'b/1/x', 'b/2');
const operation: fc.Arbitrary<Operation> = fc.oneof(
  key.map((each): Operation => ({ kind: 'delete', key: each })),
  fc.tuple(key, fc.uint8Array({ maxLength: 3 })).map(([each, value]): Operation => ({ kind: 'put', key: each, value })),
);
const history = fc.array(fc.uniqueArray(operation, { selector: (each) => each.key, maxLength: 4 }), { maxLength: 12 });

/** All entries at every revision, kept as whole copies. */
function copies(transactions: readonly (readonly Operation[])[]): Entry[][] {
  const states: Entry[][] = [[]];
  for (const [at, operations] of transactions.entries()) {
    const state = new Map((states.at(-1) ?? []).map((entry) => [entry.key, entry]));
    const revision = BigInt(at + 1);
    for (const each of operations) {
      if (each.kind === 'delete') state.delete(each.key);
      else state.set(each.key, { key: each.key, value: each.value, created: state.get(each.key)?.created ?? revision, modified: revision });
    }
    states.push([...state.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1)));
  }
  return states;
}

describe('keys with their revisions', () => {
  it('have at every revision that is kept what a copy of all keys would have, page by page', () => {
    fc.assert(
      fc.property(history, fc.nat(12), fc.integer({ min: 1, max: 4 }), (transactions, forgotten, limit) => {
        const keys = keepRevisions();
        transactions.forEach((operations, at) => keys.apply(BigInt(at + 1), operations));
        const states = copies(transactions);
        const oldest = Math.min(forgotten, transactions.length);
        keys.forgetBefore(BigInt(oldest));
        for (let at = oldest; at < states.length; at += 1) {
          for (const prefix of ['a/', 'b/', 'b/1/']) {
            const found: Entry[] = [];
            for (let after: string | undefined, more = true; more; ) {
              const page = keys.page(prefix, { revision: BigInt(at), limit, ...(after !== undefined && { after }) });
              found.push(...page.entries);
              after = page.next;
              more = after !== undefined;
            }
            expect(found).toEqual(states[at]?.filter((entry) => entry.key.startsWith(prefix)));
          }
        }
        const now = states.at(-1) ?? [];
        expect(keys.size()).toBe(now.reduce((sum, entry) => sum + entry.key.length + entry.value.length, 0));
        expect(keys.inTheWay([{ kind: 'none under', prefix: 'b/1/' }]) === undefined).toBe(!now.some((entry) => entry.key.startsWith('b/1/')));
      }),
    );
  });

  it('tell changes that lead from the keys of any revision to those of now, in pieces of any size', () => {
    fc.assert(
      fc.property(history, fc.nat(12), fc.integer({ min: 1, max: 4 }), (transactions, begin, limit) => {
        const keys = keepRevisions();
        transactions.forEach((operations, at) => keys.apply(BigInt(at + 1), operations));
        const states = copies(transactions);
        const from = Math.min(begin, transactions.length);
        const state = new Map((states[from] ?? []).filter((entry) => entry.key.startsWith('a/')).map((entry) => [entry.key, entry]));
        for (let position = BigInt(from); ; ) {
          const { events, upTo } = keys.changed('a/', position, limit) ?? { events: [], upTo: position };
          for (const event of events) {
            expect(event.revision > position && event.revision <= upTo).toBe(true);
            if (event.kind === 'put') state.set(event.entry.key, event.entry);
            else expect(state.delete(event.key)).toBe(true);
          }
          if (upTo === position) break;
          position = upTo;
        }
        expect([...state.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual(states.at(-1)?.filter((entry) => entry.key.startsWith('a/')));
      }),
    );
  });

  it('of before what is kept tell nothing: whoever asks lists anew', () => {
    const keys = keepRevisions();
    for (let revision = 1n; revision <= 5n; revision += 1n) keys.apply(revision, [{ kind: 'put', key: 'a/b', value: new Uint8Array() }]);
    keys.forgetBefore(3n);
    expect(keys.changed('a/', 2n, 10)).toBeUndefined();
    expect(keys.changed('a/', 3n, 10)?.events).toHaveLength(2);
    expect(() => keys.page('a/', { revision: 2n })).toThrow(expect.objectContaining({ code: 'fleet-revision-gone' }));
  });
});
