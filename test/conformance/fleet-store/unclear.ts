/** Answers that nobody got: the same transaction again makes them clear, and what comes too late is refused. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { makeClear } from '../../../src/fleet/store/make-clear.ts';
import type { Transaction } from '../../../src/fleet/store/store.ts';
import { absent, contents, put, read, remove, type StoreCase, text, write } from './under-test.ts';

const pause = async (tries: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, tries * 50));

/** Claims two functions for a request that is there. */
async function claimOf(prefix: string, request: string, revision: bigint): Promise<Transaction> {
  const keys = [`${prefix}claims/0`, `${prefix}claims/1`];
  return {
    compares: [...keys.map(absent), { kind: 'modified', key: `${prefix}requests/${request}`, revision }],
    operations: keys.map((key) => put(key, request)),
  };
}

export const UNCLEAR: readonly StoreCase[] = [
  ...(['before', 'after'] as const).map(
    (way): StoreCase => ({
      title: `a claim whose answer is lost ${way} it happens is claimed once when it is sent again`,
      needs: 'loseAnswer',
      run: async ({ open, prefix, loseAnswer }) => {
        const store = await open();
        const claim = await claimOf(prefix, 'r1', await write(store, put(`${prefix}requests/r1`, '')));
        await loseAnswer?.(store, way);
        const answer = await makeClear(store, claim, { key: `${prefix}claims/0`, pause });
        const entry = await read(store, `${prefix}claims/0`);
        ok(answer.outcome === 'done');
        equal(answer.revision, entry?.created);
        equal(entry?.created, entry?.modified);
        deepEqual(await contents(store, `${prefix}claims/`), ['0=r1', '1=r1']);
      },
    }),
  ),
  {
    title: 'a claim that is sent again after it happened is found to be ours, and changes nothing',
    run: async ({ open, prefix }) => {
      const [one, two] = await Promise.all([open(), open()]);
      const claim = await claimOf(prefix, 'r1', await write(one, put(`${prefix}requests/r1`, '')));
      const first = await one.commit(claim);
      const again = await makeClear(two, claim, { key: `${prefix}claims/1`, pause });
      deepEqual([first.outcome, again.outcome], ['done', 'done']);
      ok(first.outcome === 'done' && again.outcome === 'done');
      equal(again.revision, first.revision);
    },
  },
  {
    title: 'a claim that somebody else has meanwhile is refused with theirs, and may still come late',
    needs: 'loseAnswer',
    run: async ({ open, prefix, loseAnswer }) => {
      const [one, two] = await Promise.all([open(), open()]);
      const mine = await claimOf(prefix, 'r1', await write(one, put(`${prefix}requests/r1`, '')));
      const theirs = await claimOf(prefix, 'r2', await write(two, put(`${prefix}requests/r2`, '')));
      await loseAnswer?.(one, 'before');
      const answer = await makeClear(one, mine, { key: `${prefix}claims/0`, pause: async () => void (await two.commit(theirs)) });
      ok(answer.outcome === 'refused' && answer.mayComeLate);
      deepEqual(answer.current.filter(({ key }) => key.startsWith(`${prefix}claims/`)).map(text), ['r2', 'r2']);
      deepEqual(await contents(one, `${prefix}claims/`), ['0=r2', '1=r2']);
    },
  },
  {
    title: 'a claim that arrives after its request was given up is refused',
    needs: 'holdBack',
    run: async ({ open, prefix, holdBack }) => {
      const [one, two] = await Promise.all([open(), open()]);
      const claim = await claimOf(prefix, 'r1', await write(one, put(`${prefix}requests/r1`, '')));
      const letGo = await holdBack?.(one);
      const unanswered = await one.commit(claim);
      equal(unanswered.outcome, 'unclear');
      await write(two, remove(`${prefix}requests/r1`));
      const late = await letGo?.();
      ok(late === undefined || late.outcome === 'refused');
      deepEqual(await contents(two, `${prefix}claims/`), []);
    },
  },
  {
    title: 'without a request that is given up a late claim does happen: the case above is not won by chance',
    needs: 'holdBack',
    run: async ({ open, prefix, holdBack }) => {
      const [one, two] = await Promise.all([open(), open()]);
      const claim = await claimOf(prefix, 'r1', await write(one, put(`${prefix}requests/r1`, '')));
      const letGo = await holdBack?.(one);
      equal((await one.commit(claim)).outcome, 'unclear');
      deepEqual(await contents(two, `${prefix}claims/`), []);
      await letGo?.();
      deepEqual(await contents(two, `${prefix}claims/`), ['0=r1', '1=r1']);
    },
  },
];
