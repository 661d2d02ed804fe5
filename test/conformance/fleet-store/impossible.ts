/** A store that takes nothing: who writes hears why, who reads reads on, and afterwards all is as it was. */
import { deepEqual, equal } from 'node:assert/strict';
import { absent, codeOf, contents, put, read, type StoreCase, text, write } from './under-test.ts';

const impossible = (needs: 'whileFull' | 'whileReadOnly', what: string, code: string): StoreCase => ({
  title: `a store that is ${what} says so, changes nothing, is read as before, and takes more when it can`,
  needs,
  run: async (fleet) => {
    const { open, prefix } = fleet;
    const store = await open();
    const before = await write(store, put(`${prefix}a`, 'before'));
    await fleet[needs]?.(store, async () => {
      equal(await codeOf(() => store.commit({ compares: [absent(`${prefix}b`)], operations: [put(`${prefix}b`, 'x'), put(`${prefix}a`, 'x')] })), code);
      equal(text(await read(store, `${prefix}a`)), 'before');
      deepEqual(await contents(store, prefix), ['a=before']);
    });
    equal((await read(store, `${prefix}a`))?.modified, before);
    await write(store, put(`${prefix}b`, 'after'));
    deepEqual(await contents(store, prefix), ['a=before', 'b=after']);
  },
});

export const IMPOSSIBLE: readonly StoreCase[] = [impossible('whileFull', 'full', 'fleet-full'), impossible('whileReadOnly', 'read-only', 'fleet-unwritable')];
