/** Revisions as tokens: who was there before has an older one, and an older one opens nothing. */
import { equal, ok } from 'node:assert/strict';
import { absent, put, read, refused, remove, type StoreCase, text, write } from './under-test.ts';

export const TOKENS: readonly StoreCase[] = [
  {
    title: 'a key keeps the revision at which it came to be, whatever is written to it',
    run: async ({ open, prefix }) => {
      const store = await open();
      const key = `${prefix}claim`;
      const created = await write(store, put(key, 'claimed'));
      const modified = await write(store, put(key, 'attached'));
      const entry = await read(store, key);
      ok(modified > created);
      equal(entry?.created, created);
      equal(entry?.modified, modified);
    },
  },
  {
    title: 'a key that was removed and made anew has a greater token, also where that was one after the other at once',
    run: async ({ open, prefix }) => {
      const store = await open();
      const key = `${prefix}claim`;
      let last = 0n;
      for (let i = 0; i < 5; i += 1) {
        const made = await store.commit({ compares: [absent(key)], operations: [put(key, 'the same bytes')] });
        equal(made.outcome, 'done');
        const token = (await read(store, key))?.created ?? 0n;
        ok(token > last, `${token} after ${last}`);
        last = token;
        await write(store, remove(key));
      }
    },
  },
  {
    title: 'who compares with the token of an earlier claim is refused, and hears the one of now',
    run: async ({ open, prefix }) => {
      const store = await open();
      const key = `${prefix}claim`;
      const old = await write(store, put(key, 'mine'));
      await write(store, remove(key));
      const now = await write(store, put(key, 'theirs'));
      const answer = refused(await store.commit({ compares: [{ kind: 'created', key, revision: old }], operations: [remove(key)] }));
      equal(answer.current[0]?.created, now);
      equal(text(await read(store, key)), 'theirs');
    },
  },
  {
    title: 'a token holds over what was written since, a revision of the writing does not',
    run: async ({ open, prefix }) => {
      const store = await open();
      const key = `${prefix}claim`;
      const created = await write(store, put(key, 'claimed'));
      await write(store, put(key, 'attaching'));
      refused(await store.commit({ compares: [{ kind: 'modified', key, revision: created }], operations: [put(key, 'late')] }));
      equal((await store.commit({ compares: [{ kind: 'created', key, revision: created }], operations: [put(key, 'attached')] })).outcome, 'done');
      equal(text(await read(store, key)), 'attached');
    },
  },
  {
    title: 'neither a token nor a revision holds for a key that is not there',
    run: async ({ open, prefix }) => {
      const store = await open();
      const key = `${prefix}claim`;
      const revision = await write(store, put(key, 'claimed'));
      await write(store, remove(key));
      for (const kind of ['created', 'modified'] as const) {
        const answer = refused(await store.commit({ compares: [{ kind, key, revision }], operations: [put(key, 'late')] }));
        equal(answer.current.length, 0);
      }
      equal(await read(store, key), undefined);
    },
  },
  {
    title: 'of several who change one revision of a key one does',
    run: async ({ open, prefix }) => {
      const stores = await Promise.all(Array.from({ length: 3 }, open));
      const key = `${prefix}claim`;
      let revision = await write(stores[0] ?? (await open()), put(key, '0'));
      for (let round = 1; round <= 5; round += 1) {
        const compares = [{ kind: 'modified', key, revision } as const];
        const answers = await Promise.all(
          Array.from({ length: 9 }, (_, i) => stores[i % stores.length]?.commit({ compares, operations: [put(key, `${round} ${i}`)] })),
        );
        const done = answers.flatMap((each) => (each?.outcome === 'done' ? [each.revision] : []));
        equal(done.length, 1);
        ok((done[0] ?? 0n) > revision);
        revision = done[0] ?? 0n;
      }
    },
  },
];
