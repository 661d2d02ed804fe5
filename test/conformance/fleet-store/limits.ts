/** What is malformed, or more than a store takes, is refused in words before anything is sent. */
import { deepEqual, equal } from 'node:assert/strict';
import type { Compare, FleetStore, Operation } from '../../../src/fleet/store/store.ts';
import { absent, codeOf, contents, put, read, remove, type StoreCase, write } from './under-test.ts';

type Asked = (store: FleetStore, prefix: string) => unknown;

const commit =
  (compares: (prefix: string) => readonly Compare[], operations: (prefix: string) => readonly Operation[]): Asked =>
  (store, prefix) =>
    store.commit({ compares: compares(prefix), operations: operations(prefix) });

const none = (): never[] => [];
const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const large = (key: string, length: number): Operation => ({ kind: 'put', key, value: new Uint8Array(length) });
const KIB = 1024;

/** What is asked for, the code of the refusal, and words that its message or hint has. */
const REFUSED: readonly (readonly [string, string, Asked])[] = [
  ['129 operations', 'fleet-too-large', commit(none, (prefix) => many(129, (i) => put(`${prefix}${i}`, '')))],
  ['129 compares', 'fleet-too-large', commit((prefix) => many(129, (i) => absent(`${prefix}${i}`)), none)],
  ['129 keys to read', 'fleet-too-large', (store, prefix) => store.get(many(129, (i) => `${prefix}${i}`))],
  ['a value of a byte too much', 'fleet-too-large', commit(none, (prefix) => [large(`${prefix}a`, 256 * KIB + 1)])],
  ['values that are too much together', 'fleet-too-large', commit(none, (prefix) => many(5, (i) => large(`${prefix}${i}`, 220 * KIB)))],
  ['a key of 513 characters', 'fleet-too-large', commit(none, (prefix) => [put(prefix.padEnd(513, 'k'), '')])],
  ['a key with a blank', 'fleet-key-malformed', commit(none, (prefix) => [put(`${prefix}a b`, '')])],
  ['a key with a letter that is not ASCII', 'fleet-key-malformed', commit(none, (prefix) => [put(`${prefix}é`, '')])],
  ['a key with a line break', 'fleet-key-malformed', commit((prefix) => [absent(`${prefix}a\n`)], none)],
  ['a key that ends with a slash', 'fleet-key-malformed', (store, prefix) => store.get([prefix])],
  ['a key with an empty part', 'fleet-key-malformed', commit(none, (prefix) => [remove(`${prefix}/a`)])],
  ['an empty key', 'fleet-key-malformed', commit(none, () => [put('', '')])],
  ['a key that begins with a slash', 'fleet-key-malformed', (store) => store.get(['/a'])],
  ['a prefix without its slash to list', 'fleet-key-malformed', (store, prefix) => store.list(prefix.slice(0, -1))],
  ['a prefix without its slash to compare', 'fleet-key-malformed', commit((prefix) => [{ kind: 'none under', prefix: prefix.slice(0, -1) }], none)],
  ['a prefix without its slash to watch', 'fleet-key-malformed', (store, prefix) => store.watch(prefix.slice(0, -1), 0n, new AbortController().signal)],
  ['an empty prefix', 'fleet-key-malformed', (store) => store.list('')],
  ['a key that is put twice', 'fleet-request-invalid', commit(none, (prefix) => [put(`${prefix}a`, '1'), put(`${prefix}a`, '2')])],
  ['a key that is put and removed', 'fleet-request-invalid', commit(none, (prefix) => [put(`${prefix}a`, '1'), remove(`${prefix}a`)])],
  ['a revision below zero', 'fleet-request-invalid', commit((prefix) => [{ kind: 'created', key: `${prefix}a`, revision: -1n }], none)],
  ['a revision of more than 63 bits', 'fleet-request-invalid', (store, prefix) => store.list(prefix, { revision: 1n << 63n })],
  ['a watch from a revision below zero', 'fleet-request-invalid', (store, prefix) => store.watch(prefix, -1n, new AbortController().signal)],
  ['a page of no entries', 'fleet-request-invalid', (store, prefix) => store.list(prefix, { limit: 0 })],
  ['a page of 501 entries', 'fleet-request-invalid', (store, prefix) => store.list(prefix, { limit: 501 })],
  ['a page after a key of elsewhere', 'fleet-request-invalid', (store, prefix) => store.list(prefix, { after: 'elsewhere' })],
  ['a key that goes after no time', 'fleet-request-invalid', (store, prefix) => store.alive(`${prefix}a`, new Uint8Array(), 0)],
  ['a key that goes after half a second', 'fleet-request-invalid', (store, prefix) => store.alive(`${prefix}a`, new Uint8Array(), 0.5)],
  ['a leased key that is none', 'fleet-key-malformed', (store, prefix) => store.alive(prefix, new Uint8Array(), 5)],
  ['a leased value of a byte too much', 'fleet-too-large', (store, prefix) => store.alive(`${prefix}a`, new Uint8Array(256 * KIB + 1), 5)],
];

export const LIMITS: readonly StoreCase[] = [
  ...REFUSED.map(
    ([title, code, ask]): StoreCase => ({
      title: `${title}: refused, and nothing is there afterwards`,
      run: async ({ open, prefix }) => {
        const store = await open();
        const before = await write(store, put(`${prefix}before`, ''));
        equal(await codeOf(() => ask(store, prefix)), code);
        deepEqual(await contents(store, prefix), ['before=']);
        equal((await read(store, `${prefix}before`))?.modified, before);
      },
    }),
  ),
  {
    title: 'as many and as large as the limits say is taken',
    run: async ({ open, prefix }) => {
      const store = await open();
      const keys = many(128, (i) => `${prefix}${i}`);
      equal((await store.commit({ compares: keys.map(absent), operations: keys.map((key) => put(key, '')) })).outcome, 'done');
      equal((await store.get(keys)).entries.length, 128);
      await write(store, ...many(4, (i) => large(`${prefix}large/${i}`, 256 * KIB)));
      deepEqual(
        (await store.list(`${prefix}large/`)).entries.map(({ value }) => value.length),
        many(4, () => 256 * KIB),
      );
      const longest = prefix.padEnd(512, 'k');
      await write(store, put(longest, 'long'));
      equal((await read(store, longest))?.key, longest);
    },
  },
  {
    title: 'a value of a newer hostdev keeps its bytes, whatever they are',
    run: async ({ open, prefix }) => {
      const [one, two] = await Promise.all([open(), open()]);
      const value = Buffer.from('{"version":99,"members":["nobody knows"],"é":"\u0000\uffff"}\xff', 'latin1');
      await one.commit({ compares: [], operations: [{ kind: 'put', key: `${prefix}fleet`, value }] });
      await write(two, put(`${prefix}other`, 'x'));
      deepEqual(Buffer.from((await read(two, `${prefix}fleet`))?.value ?? []), value);
      deepEqual(Buffer.from((await two.list(prefix)).entries[0]?.value ?? []), value);
    },
  },
];
