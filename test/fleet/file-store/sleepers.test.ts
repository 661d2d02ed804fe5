import { linkSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileStore } from '../../../src/fleet/file-store/file-store.ts';
import type { Commit, FleetStore } from '../../../src/fleet/store/store.ts';
import { failure, type FaultyDisk, faultyDisk } from './faulty-disk.ts';
import { newStoreDirectory } from './new-directory.ts';

let directory: string;
const opened: FleetStore[] = [];

beforeEach(async () => {
  directory = await newStoreDirectory(2n);
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(dirname(directory), { recursive: true });
});

const open = async (disk?: FaultyDisk): Promise<FleetStore> => {
  const store = await openFileStore(directory, disk);
  opened.push(store);
  return store;
};

const claim = (who: string): Parameters<FleetStore['commit']>[0] => ({
  compares: [{ kind: 'absent', key: 'claims/a' }],
  operations: [{ kind: 'put', key: 'claims/a', value: new TextEncoder().encode(who) }],
});

const owner = async (store: FleetStore): Promise<string | undefined> => {
  const [entry] = (await store.get(['claims/a'])).entries;
  return entry && new TextDecoder().decode(entry.value);
};

const write = async (store: FleetStore, times: number): Promise<void> => {
  for (let i = 0; i < times; i += 1) await store.commit({ compares: [], operations: [{ kind: 'put', key: 'filler/a', value: new Uint8Array() }] });
};

/** Begins a commit that falls asleep before it gives its file the name, or before the kernel has. */
async function asleep(disk: FaultyDisk, begin: () => Promise<Commit>): Promise<{ readonly path: string; readonly wake: () => Promise<Commit> }> {
  let wake: () => void = () => undefined;
  const sleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let answer: Promise<Commit> | undefined;
  const path = await new Promise<string>((resolve) => {
    disk.watch(async (call, at) => {
      if (call !== 'link') return;
      disk.watch(() => undefined);
      resolve(at);
      await sleep;
    });
    answer = begin();
  });
  return {
    path,
    wake: async () => {
      wake();
      return answer ?? begin();
    },
  };
}

describe('a process that slept while others wrote', () => {
  it('a little finds its revision taken, and is held against what is now', async () => {
    const disk = faultyDisk();
    const [sleeper, other] = [await open(disk), await open()];
    const { wake } = await asleep(disk, () => sleeper.commit(claim('sleeper')));
    await other.commit(claim('other'));
    expect(await wake()).toMatchObject({ outcome: 'refused' });
    expect(await owner(sleeper)).toBe('other');
  });

  it('for so long that its file was cleared away writes it anew', async () => {
    const disk = faultyDisk();
    const [sleeper, other] = [await open(disk), await open()];
    const { wake, path } = await asleep(disk, () => sleeper.commit(claim('sleeper')));
    await write(other, 9);
    expect(readdirSync(join(directory, 'new'))).not.toContain(basename(path));
    expect(await wake()).toEqual({ outcome: 'done', revision: 10n });
    expect(await owner(other)).toBe('sleeper');
  });

  it('for so long that the name it wants is free again gets it, and nothing by it: it is unclear, and nobody ever reads it', async () => {
    const disk = faultyDisk();
    const [sleeper, other, reader] = [await open(disk), await open(), await open()];
    await write(other, 1);
    // This one has slept as long: the next revision that it looks for is the one that is given for the second time.
    await owner(reader);
    const { wake, path } = await asleep(disk, () => sleeper.commit(claim('sleeper')));
    linkSync(path, `${directory}/../kept`);
    await other.commit(claim('other'));
    await write(other, 8);
    // As if who cleared away had been killed before it came to this file.
    linkSync(`${directory}/../kept`, path);
    expect(await wake()).toMatchObject({ outcome: 'unclear' });
    expect(readdirSync(join(directory, 'log'))).toContain('0000000000000002');
    for (const store of [reader, sleeper, other, await open()]) expect(await owner(store)).toBe('other');
    expect(await sleeper.commit(claim('sleeper'))).toMatchObject({ outcome: 'refused', revision: 10n });
    await write(other, 4);
    expect(readdirSync(join(directory, 'log'))).not.toContain('0000000000000002');
  });

  it('while it read begins anew where what it was to read next is gone', async () => {
    const disk = faultyDisk();
    const [sleeper, other] = [await open(disk), await open()];
    await write(other, 1);
    await owner(sleeper);
    let slept = false;
    disk.watch(async (call) => {
      if (call !== 'names' || slept) return;
      slept = true;
      await other.commit(claim('other'));
      await write(other, 9);
    });
    expect(await owner(sleeper)).toBe('other');
    expect((await sleeper.list('filler/')).revision).toBe(11n);
  });

  it('and a log that lacks a file is told as damage, not as the end of it', async () => {
    const other = await open();
    await write(other, 5);
    rmSync(join(directory, 'log', '0000000000000004'));
    await expect(owner(await open())).rejects.toMatchObject({ code: 'fleet-damaged', message: expect.stringContaining('0000000000000004') });
  });
});

describe('snapshots', () => {
  it('that cannot be made keep nobody from writing, and are made by whoever can', async () => {
    const disk = faultyDisk();
    const [poor, other] = [await open(disk), await open()];
    disk.watch((call, _, to) => {
      if (call === 'link' && `${to}`.includes('/snapshots/')) throw failure('ENOSPC');
    });
    await write(poor, 6);
    expect(readdirSync(join(directory, 'snapshots'))).toEqual([]);
    expect(readdirSync(join(directory, 'new'))).toEqual([]);
    await write(other, 1);
    expect(readdirSync(join(directory, 'snapshots'))).toEqual(['0000000000000006']);
    expect((await (await open()).get(['filler/a'])).entries[0]?.modified).toBe(7n);
  });
});
