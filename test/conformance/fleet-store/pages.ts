/** Long lists: in pages that are all of one revision, whatever others write meanwhile. */
import { deepEqual, equal } from 'node:assert/strict';
import { codeOf, contents, put, remove, type StoreCase, text, type StoreUnderTest, write } from './under-test.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';

const numbered = (i: number): string => `${i}`.padStart(4, '0');

async function filled({ open, prefix }: StoreUnderTest, count: number): Promise<FleetStore> {
  const store = await open();
  for (let begin = 0; begin < count; begin += 100) {
    await write(store, ...Array.from({ length: Math.min(100, count - begin) }, (_, i) => put(`${prefix}${numbered(begin + i)}`, `${begin + i}`)));
  }
  return store;
}

export const PAGES: readonly StoreCase[] = [
  {
    title: 'pages are of the revision of the first one, while others write, remove and add',
    run: async (fleet) => {
      const { open, prefix } = fleet;
      const store = await filled(fleet, 20);
      const other = await open();
      const first = await store.list(prefix, { limit: 5 });
      await write(other, put(`${prefix}0007`, 'changed'), remove(`${prefix}0008`), put(`${prefix}0009a`, 'new'), remove(`${prefix}0001`));
      const rest: string[] = [];
      for (let after = first.next; after !== undefined; ) {
        const page = await store.list(prefix, { limit: 5, after, revision: first.revision });
        equal(page.revision, first.revision);
        rest.push(...page.entries.map((entry) => text(entry) ?? ''));
        after = page.next;
      }
      deepEqual(
        [...first.entries.map(text), ...rest],
        Array.from({ length: 20 }, (_, i) => `${i}`),
      );
      equal((await contents(store, prefix, 7)).length, 19);
    },
  },
  {
    title: 'more entries than a page takes come in several, each once and in order',
    run: async (fleet) => {
      const store = await filled(fleet, 1100);
      const first = await store.list(fleet.prefix);
      equal(first.entries.length, 500);
      equal(first.next, `${fleet.prefix}0499`);
      deepEqual(
        await contents(store, fleet.prefix),
        Array.from({ length: 1100 }, (_, i) => `${numbered(i)}=${i}`),
      );
    },
  },
  {
    title: 'a list that fits its page to the last entry has no next one',
    run: async (fleet) => {
      const store = await filled(fleet, 4);
      equal((await store.list(fleet.prefix, { limit: 4 })).next, undefined);
      equal((await store.list(fleet.prefix, { limit: 3 })).next, `${fleet.prefix}0002`);
    },
  },
  {
    title: 'keys come in the order of their bytes, and those of a prefix only',
    run: async ({ open, prefix }) => {
      const store = await open();
      const names = ['a/z', 'a', 'a-b', 'a0', 'B', 'a/b', 'host-0001/x', 'host-00011/x', 'host-0001'];
      await write(store, ...names.map((name) => put(`${prefix}in/${name}`, name)), put(`${prefix}in0`, 'beside'), put(`${prefix}i`, 'before'));
      deepEqual((await store.list(`${prefix}in/`)).entries.map(text), ['B', 'a', 'a-b', 'a/b', 'a/z', 'a0', 'host-0001', 'host-0001/x', 'host-00011/x']);
      deepEqual((await store.list(`${prefix}in/host-0001/`)).entries.map(text), ['host-0001/x']);
    },
  },
  {
    title: 'what is under a prefix without keys is nothing, at a revision all the same',
    run: async ({ open, prefix }) => {
      const store = await open();
      const revision = await write(store, put(`${prefix}a`, ''));
      const page = await store.list(`${prefix}none/`);
      deepEqual(page.entries, []);
      equal(page.next, undefined);
      equal(page.revision >= revision, true);
    },
  },
  {
    title: 'a page of a revision that is not there yet is refused',
    run: async (fleet) => {
      const store = await filled(fleet, 2);
      const { revision } = await store.list(fleet.prefix);
      equal(await codeOf(() => store.list(fleet.prefix, { revision: revision + 1000n })), 'fleet-revision-gone');
    },
  },
  {
    title: 'a page of a revision that is no longer kept is refused, and the list can be read anew',
    needs: 'compact',
    run: async (fleet) => {
      const store = await filled(fleet, 6);
      const first = await store.list(fleet.prefix, { limit: 3 });
      await write(store, put(`${fleet.prefix}0004`, 'changed'));
      await fleet.compact?.(store);
      equal(await codeOf(() => store.list(fleet.prefix, { limit: 3, after: first.next ?? '', revision: first.revision })), 'fleet-revision-gone');
      deepEqual(await contents(store, fleet.prefix, 4), ['0000=0', '0001=1', '0002=2', '0003=3', '0004=changed', '0005=5']);
    },
  },
];
