/** What watchers hear: every change once and in order, over lost connections too, or that they have to list anew. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { contents, Listener, put, remove, type StoreCase, until, write } from './under-test.ts';

/** Sets `n` to 0, 1, 2 …; gives what a watch tells of it. */
async function count(store: FleetStore, prefix: string, [from, to]: readonly [number, number]): Promise<string[]> {
  const told: string[] = [];
  for (let i = from; i < to; i += 1) {
    await write(store, put(`${prefix}n`, `${i}`));
    told.push(`put n=${i}`);
  }
  return told;
}

export const WATCHES: readonly StoreCase[] = [
  {
    title: 'what comes after a list is told from its revision on: nothing of before, and nothing is missed',
    run: async ({ open, prefix }) => {
      const [writer, watcher] = await Promise.all([open(), open()]);
      await count(writer, prefix, [0, 3]);
      const { revision } = await watcher.list(prefix);
      const between = await count(writer, prefix, [3, 6]);
      const listener = new Listener(watcher, prefix, revision);
      await listener.expect(between);
      const after = await count(writer, prefix, [6, 9]);
      await listener.expect([...between, ...after]);
      await listener.stop();
    },
  },
  {
    title: 'puts and deletes of one transaction are told, with what they made, and of other prefixes nothing',
    run: async ({ open, prefix }) => {
      const store = await open();
      await write(store, put(`${prefix}in/old`, '1'));
      const { revision } = await store.list(prefix);
      const listener = new Listener(store, `${prefix}in/`, revision);
      await write(store, put(`${prefix}in/a`, 'x'), remove(`${prefix}in/old`), put(`${prefix}in0`, 'beside'), put(`${prefix}i`, 'before'));
      await write(store, put(`${prefix}in/b`, 'y'));
      await until(() => listener.told.length >= 3, listener.ended);
      deepEqual(listener.told.slice(0, 2).toSorted(), ['delete old', 'put a=x']);
      deepEqual(listener.told.slice(2), ['put b=y']);
      await listener.stop();
    },
  },
  {
    title: 'several watchers hear the same, wherever they began',
    run: async ({ open, prefix }) => {
      const [writer, other] = await Promise.all([open(), open()]);
      const { revision } = await other.list(prefix);
      const early = new Listener(other, prefix, revision);
      const first = await count(writer, prefix, [0, 5]);
      await early.expect(first);
      const late = new Listener(writer, prefix, revision);
      const rest = await count(other, prefix, [5, 10]);
      for (const each of [early, late]) {
        await each.expect([...first, ...rest]);
        await each.stop();
      }
    },
  },
  {
    title: 'a watch ends when it is told to, also while nothing happens',
    run: async ({ open, prefix }) => {
      const store = await open();
      const { revision } = await store.list(prefix);
      const listener = new Listener(store, prefix, revision);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await listener.stop();
      const stopped = new AbortController();
      stopped.abort();
      for await (const event of store.watch(prefix, revision, stopped.signal)) ok(event.kind === 'progress');
    },
  },
  {
    title: 'a connection that is lost again and again while much is written loses nothing, and doubles nothing',
    needs: 'cutWatches',
    run: async ({ open, prefix, cutWatches }) => {
      const [writer, watcher] = await Promise.all([open(), open()]);
      const { revision } = await watcher.list(prefix);
      const listener = new Listener(watcher, prefix, revision);
      const told: string[] = [];
      for (let round = 0; round < 5; round += 1) {
        told.push(...(await count(writer, prefix, [round * 10, round * 10 + 5])));
        await cutWatches?.(watcher);
        told.push(...(await count(writer, prefix, [round * 10 + 5, round * 10 + 10])));
      }
      await listener.expect(told);
      await listener.stop();
    },
  },
  {
    title: 'a connection that is lost before what was missed has been told again begins where it was',
    needs: 'cutWatches',
    run: async ({ open, prefix, cutWatches }) => {
      const [writer, watcher] = await Promise.all([open(), open()]);
      const { revision } = await watcher.list(prefix);
      // All of it is there before the watch begins: it is replayed, and the replay is what is cut.
      const told = await count(writer, prefix, [0, 40]);
      const listener = new Listener(watcher, prefix, revision);
      await cutWatches?.(watcher);
      await listener.expect(told);
      told.push(...(await count(writer, prefix, [40, 42])));
      await listener.expect(told);
      await listener.stop();
    },
  },
  {
    title: 'a watch from a revision that is no longer kept says so and ends; a list and a watch from there miss nothing',
    needs: 'compact',
    run: async ({ open, prefix, compact }) => {
      const [writer, watcher] = await Promise.all([open(), open()]);
      const { revision } = await watcher.list(prefix);
      await count(writer, prefix, [0, 5]);
      await compact?.(writer);
      const listener = new Listener(watcher, prefix, revision);
      await listener.ended;
      ok(listener.compactedAt !== undefined && listener.compactedAt > revision);
      deepEqual(listener.told, []);
      const anew = await watcher.list(prefix);
      deepEqual(await contents(watcher, prefix), ['n=4']);
      const second = new Listener(watcher, prefix, anew.revision);
      await second.expect(await count(writer, prefix, [5, 7]));
      equal(second.compactedAt, undefined);
      await second.stop();
    },
  },
];
