import type * as promises from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { initFileStore, openFileStore } from '../../../src/fleet/file-store/file-store.ts';

const FUSE = 0x65735546;
const statfs = vi.hoisted(() => ({ type: undefined as number | undefined }));

vi.mock('node:fs/promises', async (actual) => {
  const real = await actual<typeof promises>();
  return { ...real, statfs: async (path: string) => ({ ...(await real.statfs(path)), ...(statfs.type === undefined ? {} : { type: statfs.type }) }) };
});

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'hostdev-mounted-'));
});
afterEach(async () => {
  statfs.type = undefined;
  await rm(parent, { recursive: true });
});

it('a directory that this host has mounted over FUSE is not opened, although another one made it elsewhere', async () => {
  const path = join(parent, 'fleet');
  await initFileStore(path);
  statfs.type = FUSE;
  const list = async (): Promise<unknown> => {
    const store = await openFileStore(path);
    return store.list('hosts/').finally(async () => store.close());
  };
  await expect(list()).rejects.toMatchObject({ code: 'fleet-directory', message: expect.stringContaining('FUSE') });
  statfs.type = undefined;
  await expect(list()).resolves.toMatchObject({ entries: [] });
});
