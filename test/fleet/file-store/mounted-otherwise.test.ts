import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { realDisk } from '../../../src/fleet/file-store/disk.ts';
import { initFileStore, openFileStore } from '../../../src/fleet/file-store/file-store.ts';

const FUSE = 0x65735546;

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'hostdev-mounted-'));
});
afterEach(async () => rm(parent, { recursive: true }));

it('a directory that this host has mounted over FUSE is not opened, although another one made it elsewhere', async () => {
  const path = join(parent, 'fleet');
  await initFileStore(path);
  const list = async (disk = realDisk): Promise<unknown> => {
    const store = await openFileStore(path, disk);
    return store.list('hosts/').finally(async () => store.close());
  };
  const overFuse = { ...realDisk, fileSystem: async () => FUSE };
  await expect(list(overFuse)).rejects.toMatchObject({ code: 'fleet-directory', message: expect.stringContaining('FUSE') as unknown });
  await expect(list()).resolves.toMatchObject({ entries: [] });
});
