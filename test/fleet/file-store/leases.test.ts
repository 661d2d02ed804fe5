import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileStore } from '../../../src/fleet/file-store/file-store.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { type FaultyDisk, faultyDisk } from './faulty-disk.ts';
import { newStoreDirectory } from './new-directory.ts';

const KEY = 'alive/kvm1/now';
const value = new TextEncoder().encode('boot 1');
const patience = { timeout: 20_000 };

let directory: string;
const opened: FleetStore[] = [];
let stop: AbortController;

beforeEach(async () => {
  directory = await newStoreDirectory(500n);
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  for (const store of opened.splice(0)) await store.close();
  rmSync(dirname(directory), { recursive: true });
});

const open = async (disk?: FaultyDisk): Promise<FleetStore> => {
  const store = await openFileStore(directory, disk);
  opened.push(store);
  return store;
};

/** Somebody who stays, and therefore looks after those who went. */
async function watcher(): Promise<FleetStore> {
  const store = await open();
  void (async () => {
    for await (const event of store.watch('nothing/', 0n, stop.signal)) void event;
  })();
  return store;
}

const isThere = async (store: FleetStore): Promise<boolean> => (await store.get([KEY])).entries.length > 0;
const files = (): string[] => readdirSync(join(directory, 'alive'));

describe('a key beside which nothing changes any more', () => {
  it('goes, and its file with it, also where its writer was killed before it could say which writing it was', async () => {
    const disk = faultyDisk();
    const writer = await open(disk);
    let overwritten = 0;
    disk.watch((call) => {
      if (call === 'overwrite' && (overwritten += 1) > 1) throw new Error('killed');
    });
    await writer.alive(KEY, value, 1);
    await writer.close();
    expect(files()).toHaveLength(1);
    const other = await watcher();
    expect(await isThere(other)).toBe(true);
    await expect.poll(() => isThere(other), patience).toBe(false);
    await expect.poll(files, patience).toEqual([]);
  });

  it('stays where it was written anew by somebody who is alive', async () => {
    const [writer, other] = [await open(), await watcher()];
    await writer.alive(KEY, value, 1);
    await writer.close();
    await other.commit({ compares: [], operations: [{ kind: 'put', key: KEY, value }] });
    await expect.poll(files, patience).toEqual([]);
    expect(await isThere(other)).toBe(true);
  });

  it('goes although other files there are nothing that can be read', async () => {
    const [writer, other] = [await open(), await watcher()];
    mkdirSync(join(directory, 'alive', '0-directory'));
    symlinkSync('/etc/passwd', join(directory, 'alive', '0-link'));
    writeFileSync(join(directory, 'alive', '0-large'), Buffer.alloc(10_000));
    writeFileSync(join(directory, 'alive', '0-nonsense'), '{"key":');
    await writer.alive(KEY, value, 1);
    await writer.close();
    await expect.poll(() => isThere(other), patience).toBe(false);
  });
});

describe('a writer', () => {
  it('that cannot write any more for as long as it said hears that its key is lost', async () => {
    const disk = faultyDisk();
    const writer = await open(disk);
    const { lost } = await writer.alive(KEY, value, 1);
    disk.fail('overwrite', 'ESTALE', { times: 100 });
    expect(await lost).toContain('ESTALE');
  });

  it('for whom one beat fails goes on', async () => {
    const disk = faultyDisk();
    const [writer, other] = [await open(disk), await watcher()];
    const alive = await writer.alive(KEY, value, 4);
    disk.fail('overwrite', 'ESTALE');
    const outcome = await Promise.race([alive.lost, new Promise((resolve) => setTimeout(resolve, 3000, 'still there'))]);
    expect(outcome).toBe('still there');
    expect(await isThere(other)).toBe(true);
    await alive.end();
    expect(files()).toEqual([]);
  });
});
