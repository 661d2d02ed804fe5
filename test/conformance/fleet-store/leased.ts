/** Keys that are hints of life: they go with their writer's silence, and take nothing else with them. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { contents, Listener, put, read, remove, type StoreCase, text, until, write } from './under-test.ts';

export const LEASED: readonly StoreCase[] = [
  {
    title: 'a key of somebody alive is read, listed and watched as every other, and goes when it is ended',
    run: async ({ open, prefix }) => {
      const [host, other] = await Promise.all([open(), open()]);
      const { revision } = await other.list(prefix);
      const listener = new Listener(other, prefix, revision);
      const alive = await host.alive(`${prefix}alive/kvm1/now`, new TextEncoder().encode('boot 1'), 30);
      equal(text(await read(other, `${prefix}alive/kvm1/now`)), 'boot 1');
      deepEqual(await contents(other, `${prefix}alive/`), ['kvm1/now=boot 1']);
      await alive.end();
      equal(await read(other, `${prefix}alive/kvm1/now`), undefined);
      await listener.expect(['put alive/kvm1/now=boot 1', 'delete alive/kvm1/now']);
      await listener.stop();
    },
  },
  {
    title: 'a writer that is silent loses its key, and not one claim of it changes',
    needs: 'silence',
    run: async ({ open, prefix, silence }) => {
      const [host, other] = await Promise.all([open(), open()]);
      const claimed = await write(host, put(`${prefix}claims/a`, 'kvm1'), put(`${prefix}claims/b`, 'kvm1'));
      await host.alive(`${prefix}alive/kvm1/now`, new Uint8Array(), 1);
      const { revision } = await other.list(prefix);
      const listener = new Listener(other, prefix, revision);
      await silence?.(host);
      await until(async () => (await read(other, `${prefix}alive/kvm1/now`)) === undefined);
      await listener.expect(['delete alive/kvm1/now']);
      await listener.stop();
      const { entries } = await other.list(`${prefix}claims/`);
      deepEqual(
        entries.map((entry) => [text(entry), entry.modified]),
        [
          ['kvm1', claimed],
          ['kvm1', claimed],
        ],
      );
    },
  },
  {
    title: 'who speaks keeps its key for longer than it said it would be silent at most',
    run: async ({ open, prefix }) => {
      const [host, other] = await Promise.all([open(), open()]);
      const { revision } = await other.list(prefix);
      const listener = new Listener(other, prefix, revision);
      const alive = await host.alive(`${prefix}alive/kvm1/now`, new Uint8Array(), 3);
      await new Promise((resolve) => setTimeout(resolve, 4000));
      ok((await read(other, `${prefix}alive/kvm1/now`)) !== undefined);
      await listener.expect(['put alive/kvm1/now=']);
      await listener.stop();
      await alive.end();
    },
  },
  {
    title: 'the writer hears that its key is gone, and one that was written since is not taken away by it',
    run: async ({ open, prefix }) => {
      const [host, other] = await Promise.all([open(), open()]);
      const key = `${prefix}alive/kvm1/now`;
      const alive = await host.alive(key, new Uint8Array(), 2);
      await write(other, remove(key));
      ok((await alive.lost).length > 0);
      const second = await other.alive(key, new TextEncoder().encode('second'), 30);
      await alive.end();
      equal(text(await read(host, key)), 'second');
      await second.end();
    },
  },
  {
    title: 'the key of a process that was started again is the new one’s, whatever becomes of the old one',
    needs: 'silence',
    run: async ({ open, prefix, silence }) => {
      const [old, anew, other] = await Promise.all([open(), open(), open()]);
      const key = `${prefix}alive/kvm1/now`;
      await old.alive(key, new TextEncoder().encode('old'), 1);
      const alive = await anew.alive(key, new TextEncoder().encode('new'), 30);
      await silence?.(old);
      equal(text(await read(other, key)), 'new');
      await alive.end();
      equal(await read(other, key), undefined);
    },
  },
];
