import { cpSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileStore } from '../../../src/fleet/file-store/file-store.ts';
import { makeClear } from '../../../src/fleet/store/make-clear.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { newDirectory, newStoreDirectory } from './new-directory.ts';
import { PAIR } from './pair.ts';
import { bundle, runProgram } from './program.ts';

let programs: string;
let victim: string;
let counter: string;

beforeAll(async () => {
  programs = newDirectory();
  [victim, counter] = [await bundle('victim', programs), await bundle('counter', programs)];
});
afterAll(() => rmSync(programs, { recursive: true }));

const filler = async (store: FleetStore, times: number): Promise<void> => {
  for (let i = 0; i < times; i += 1) {
    expect((await store.commit({ compares: [], operations: [{ kind: 'put', key: 'filler/a', value: new Uint8Array(i) }] })).outcome).toBe('done');
  }
};

const listed = async (store: FleetStore, prefix: string): Promise<string[]> => (await store.list(prefix)).entries.map(({ key }) => key);

/** More calls than one commit with its snapshot makes. */
const CALLS_LIMIT = 80;

describe('a process that is killed', () => {
  it('before any call to the disk leaves the old or the new, and a store that goes on', { timeout: 180_000 }, async () => {
    const directory = await newStoreDirectory(3n);
    const kills: string[] = [];
    const outcomes = { old: 0, new: 0 };
    try {
      const before = await openFileStore(directory);
      // The next revision makes a snapshot, and what two older ones make superfluous is removed.
      await filler(before, 8);
      await before.close();
      for (let call = 1; call < CALLS_LIMIT; call += 1) {
        const copy = join(dirname(directory), `${call}`);
        cpSync(directory, copy, { recursive: true });
        const { output, signal, code } = await runProgram(victim, [copy, `${call}`]);
        const store = await openFileStore(copy);
        const found = await listed(store, 'pair/');
        if (signal === null) {
          expect([output.split(' ')[0], code, found]).toEqual(['done', 0, ['pair/a', 'pair/b']]);
          await store.close();
          break;
        }
        kills.push(output.trim());
        expect(signal).toBe('SIGKILL');
        if (found.length === 0) outcomes.old += 1;
        else {
          expect(found).toEqual(['pair/a', 'pair/b']);
          outcomes.new += 1;
        }
        // The same again, by whoever wants it done: it happens once.
        expect((await makeClear(store, PAIR, { key: 'pair/a' })).outcome).toBe('done');
        await filler(store, 9);
        expect(await listed(store, 'pair/')).toEqual(['pair/a', 'pair/b']);
        // What was left behind is gone with the next snapshots.
        expect(readdirSync(join(copy, 'new'))).toEqual([]);
        expect(readdirSync(join(copy, 'snapshots'))).toHaveLength(2);
        expect(readdirSync(join(copy, 'log')).length).toBeLessThanOrEqual(6);
        await store.close();
        rmSync(copy, { recursive: true });
      }
      expect(Math.min(outcomes.old, outcomes.new)).toBeGreaterThan(3);
      expect(new Set(kills)).toEqual(new Set(['read', 'names', 'create', 'link', 'sync', 'remove']));
    } finally {
      rmSync(dirname(directory), { recursive: true });
    }
  });
});

describe('several processes', () => {
  it('that count together lose nothing and double nothing, while the log is cleared away behind them and others read', { timeout: 120_000 }, async () => {
    const directory = await newStoreDirectory(2n);
    const store = await openFileStore(directory);
    const [processes, times] = [4, 15];
    try {
      const counting = { running: true };
      const ended = Promise.all(Array.from({ length: processes }, async () => runProgram(counter, [directory, `${times}`]))).finally(() => {
        counting.running = false;
      });
      let last = 0n;
      while (counting.running) {
        const { entries, revision } = await store.list('counter/');
        expect(revision >= last).toBe(true);
        last = revision;
        // Never one key of a transaction without the other.
        expect(new Set(entries.map((entry) => Buffer.from(entry.value).toString())).size).toBeLessThanOrEqual(1);
        expect([0, 2]).toContain(entries.length);
      }
      expect((await ended).map(({ output }) => output)).toEqual(Array.from({ length: processes }, () => `${times}\n`));
      const [entry] = (await store.get(['counter/a'])).entries;
      expect(Buffer.from(entry?.value ?? []).toString()).toBe(`${processes * times}`);
      expect(entry?.modified).toBe(BigInt(processes * times));
    } finally {
      await store.close();
      rmSync(dirname(directory), { recursive: true });
    }
  });
});
