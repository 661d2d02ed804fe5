/** What many at once are answered is what one after the other would have been answered: all of it is played again, in the order of the revisions. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { keepRevisions } from '../../../src/fleet/store/revisions.ts';
import type { Commit, Compare, Entry, FleetStore, Operation, Transaction } from '../../../src/fleet/store/store.ts';
import { put, remove, type StoreCase } from './under-test.ts';

const ACTORS = 4;
const STEPS = 15;

interface Played {
  readonly transaction: Transaction;
  readonly answer: Exclude<Commit, { readonly outcome: 'unclear' }>;
}

/** The same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % below;
  };
}

/** Some compares of what an actor has seen last, which may be old, and some changes. */
function invent(pick: (below: number) => number, keys: readonly string[], seen: ReadonlyMap<string, Entry>): Transaction {
  const compares = keys.flatMap((key): Compare[] => {
    const entry = seen.get(key);
    const kind = pick(4);
    if (kind === 0) return [];
    if (kind === 1 && key.endsWith('/b')) return [{ kind: 'none under', prefix: `${key}/` }];
    if (entry === undefined) return kind === 2 ? [{ kind: 'absent', key }] : [];
    return kind === 2 ? [{ kind: 'created', key, revision: entry.created }] : [{ kind: 'modified', key, revision: entry.modified }];
  });
  const operations = keys.flatMap((key): Operation[] => {
    const kind = pick(4);
    if (kind === 0) return [remove(key)];
    return kind === 1 ? [put(key, `${pick(1000)}`)] : [];
  });
  // What only removes may change nothing, and then has no revision of its own: such a one only compares.
  return { compares, operations: operations.some(({ kind }) => kind === 'put') ? operations : [] };
}

async function act(store: FleetStore, keys: readonly string[], pick: (below: number) => number): Promise<Played[]> {
  const played: Played[] = [];
  let seen = new Map<string, Entry>();
  for (let step = 0; step < STEPS; step += 1) {
    if (pick(2) === 0) seen = new Map((await store.get(keys)).entries.map((entry) => [entry.key, entry]));
    const transaction = invent(pick, keys, seen);
    const answer = await store.commit(transaction);
    if (answer.outcome === 'unclear') throw new Error(answer.why);
    played.push({ transaction, answer });
  }
  return played;
}

/** What changed nothing at a revision saw what was changed at it. */
const inOrder = (a: Played, b: Played): number => Number(a.answer.revision - b.answer.revision) || changedNothing(a) - changedNothing(b);

const changedNothing = ({ transaction, answer }: Played): number => Number(answer.outcome === 'refused' || transaction.operations.length === 0);

export const SERIAL: readonly StoreCase[] = [
  {
    title: `${ACTORS} actors with ${STEPS} transactions each, at once, are answered as if they had come one after the other`,
    run: async ({ open, prefix }) => {
      const names = ['a', 'b', 'b/c', 'd'].map((name) => `${prefix}${name}`);
      const stores = await Promise.all(Array.from({ length: ACTORS }, open));
      const played = (await Promise.all(stores.map(async (store, i) => act(store, names, numbers(i + 1))))).flat().toSorted(inOrder);
      const keys = keepRevisions();
      const counts = { done: 0, refused: 0 };
      for (const { transaction, answer } of played) {
        const inTheWay = keys.inTheWay(transaction.compares);
        counts[answer.outcome] += 1;
        if (answer.outcome === 'refused') {
          ok(inTheWay !== undefined, `refused at revision ${answer.revision}, where all compares hold`);
          for (const { key, modified } of answer.current) equal(modified, keys.get(key)?.modified);
          const told = new Set(answer.current.map(({ key }) => key));
          for (const compare of transaction.compares) ok(compare.kind === 'none under' || keys.get(compare.key) === undefined || told.has(compare.key));
          continue;
        }
        deepEqual(inTheWay, undefined, `done at revision ${answer.revision}, where a compare does not hold`);
        if (transaction.operations.length === 0) continue;
        ok(answer.revision > keys.revision(), `two transactions were done at revision ${answer.revision}`);
        keys.apply(answer.revision, transaction.operations);
      }
      ok(Math.min(counts.done, counts.refused) > 5, `too few were done or refused: ${JSON.stringify(counts)}`);
      const last = await (await open()).list(prefix);
      const found = ({ key, created, modified }: Entry): readonly unknown[] => [key, created, modified];
      deepEqual(last.entries.map(found), keys.page(prefix, {}).entries.map(found));
    },
  },
];
