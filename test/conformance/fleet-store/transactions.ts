/** All or nothing: one winner of a race, several keys at one revision, and who is in the way. */
import { deepEqual, equal } from 'node:assert/strict';
import { absent, contents, put, read, refused, remove, type StoreCase, text, write } from './under-test.ts';

const RACERS = 50;

export const TRANSACTIONS: readonly StoreCase[] = [
  {
    title: `of ${RACERS} who create one key at once one does, and the others hear who`,
    run: async ({ open, prefix }) => {
      const stores = await Promise.all(Array.from({ length: 5 }, open));
      const key = `${prefix}key`;
      const answers = await Promise.all(
        Array.from({ length: RACERS }, (_, i) => stores[i % stores.length]?.commit({ compares: [absent(key)], operations: [put(key, `${i}`)] })),
      );
      const winners = answers.flatMap((each, i) => (each?.outcome === 'done' ? [`${i}`] : []));
      equal(winners.length, 1);
      for (const answer of answers) {
        if (answer?.outcome === 'refused') deepEqual(answer.current.map(text), winners);
        else equal(answer?.outcome, 'done');
      }
      equal(text(await read(await open(), key)), winners[0]);
    },
  },
  {
    title: 'several racers for overlapping groups of keys get whole groups, and each key once',
    run: async ({ open, prefix }) => {
      const stores = await Promise.all(Array.from({ length: 4 }, open));
      const key = (i: number): string => `${prefix}${i % 8}`;
      await Promise.all(
        Array.from({ length: 24 }, (_, i) => {
          const mine = [key(i), key(i + 1), key(i + 2)];
          return stores[i % stores.length]?.commit({ compares: mine.map(absent), operations: mine.map((each) => put(each, `${i}`)) });
        }),
      );
      const owners = (await contents(await open(), prefix)).map((each) => each.split('=')[1] ?? '');
      const counts = new Map<string, number>();
      for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1);
      deepEqual(new Set(counts.values()), new Set([3]));
    },
  },
  {
    title: 'keys of one transaction are written and removed at one revision',
    run: async ({ open, prefix }) => {
      const store = await open();
      await write(store, put(`${prefix}old`, '1'));
      const revision = await write(store, put(`${prefix}a`, '1'), put(`${prefix}b`, '2'), remove(`${prefix}old`));
      const { entries } = await store.list(prefix);
      deepEqual(
        entries.map(({ key, created, modified }) => [key, created, modified]),
        [
          [`${prefix}a`, revision, revision],
          [`${prefix}b`, revision, revision],
        ],
      );
    },
  },
  {
    title: 'one compare of several that does not hold keeps all from happening, and all compared keys are told',
    run: async ({ open, prefix }) => {
      const store = await open();
      await write(store, put(`${prefix}there`, 'x'), put(`${prefix}as it was`.replaceAll(' ', '-'), 'y'));
      const { entries } = await store.list(prefix);
      const kept = entries[0];
      const answer = refused(
        await store.commit({
          compares: [{ kind: 'modified', key: kept?.key ?? '', revision: kept?.modified ?? 0n }, absent(`${prefix}there`), absent(`${prefix}none`)],
          operations: [put(`${prefix}none`, 'z'), remove(kept?.key ?? '')],
        }),
      );
      deepEqual(new Set(answer.current.map(text)), new Set(['x', 'y']));
      deepEqual(await contents(store, prefix), ['as-it-was=y', 'there=x']);
    },
  },
  {
    title: 'nothing under a prefix holds for no key at all, for a key beside it, and for one that was removed',
    run: async ({ open, prefix }) => {
      const store = await open();
      await write(store, put(`${prefix}card`, 'the function itself'), put(`${prefix}card0/vf/1`, 'of another card'), put(`${prefix}card/vf/0`, 'x'));
      await write(store, remove(`${prefix}card/vf/0`));
      const answer = await store.commit({ compares: [{ kind: 'none under', prefix: `${prefix}card/` }], operations: [put(`${prefix}done`, '')] });
      equal(answer.outcome, 'done');
    },
  },
  {
    title: 'nothing under a prefix is refused with one key that is under it',
    run: async ({ open, prefix }) => {
      const store = await open();
      await write(store, put(`${prefix}card/vf/0`, 'a'), put(`${prefix}card/vf/1`, 'b'));
      const answer = refused(await store.commit({ compares: [{ kind: 'none under', prefix: `${prefix}card/` }], operations: [put(`${prefix}done`, '')] }));
      equal(answer.current.length, 1);
      equal(answer.current[0]?.key.startsWith(`${prefix}card/vf/`), true);
      equal(await read(store, `${prefix}done`), undefined);
    },
  },
  {
    title: 'a physical function and one of its virtual ones are never both taken, whoever is first',
    run: async ({ open, prefix }) => {
      const [one, two] = await Promise.all([open(), open()]);
      for (let round = 0; round < 10; round += 1) {
        const physical = `${prefix}${round}/card`;
        const virtual = `${physical}/vf/0`;
        const answers = await Promise.all([
          one.commit({ compares: [absent(physical), { kind: 'none under', prefix: `${physical}/` }], operations: [put(physical, 'p')] }),
          two.commit({ compares: [absent(virtual), absent(physical)], operations: [put(virtual, 'v')] }),
        ]);
        deepEqual(answers.map(({ outcome }) => outcome).toSorted(), ['done', 'refused']);
      }
    },
  },
  {
    title: 'a transaction that only compares says whether that holds, and writes nothing',
    run: async ({ open, prefix }) => {
      const store = await open();
      const revision = await write(store, put(`${prefix}a`, '1'));
      const holds = await store.commit({ compares: [{ kind: 'modified', key: `${prefix}a`, revision }], operations: [] });
      equal(holds.outcome, 'done');
      refused(await store.commit({ compares: [absent(`${prefix}a`)], operations: [] }));
      equal((await read(store, `${prefix}a`))?.modified, revision);
    },
  },
  {
    title: 'removing what is not there is done, and tells nobody anything',
    run: async ({ open, prefix }) => {
      const store = await open();
      equal((await store.commit({ compares: [], operations: [remove(`${prefix}none`)] })).outcome, 'done');
      deepEqual(await contents(store, prefix), []);
    },
  },
  {
    title: 'what was written is read by every other store at once, byte for byte',
    run: async ({ open, prefix }) => {
      const [one, two] = await Promise.all([open(), open()]);
      const value = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
      await two.get([`${prefix}a`]);
      await one.commit({ compares: [], operations: [{ kind: 'put', key: `${prefix}a`, value }, put(`${prefix}empty`, '')] });
      const { entries } = await two.get([`${prefix}a`, `${prefix}empty`, `${prefix}none`]);
      deepEqual(
        entries.map((entry) => [entry.key, [...entry.value]]),
        [
          [`${prefix}a`, [...value]],
          [`${prefix}empty`, []],
        ],
      );
    },
  },
];
