/** Directories for stores, in memory where there is such a place: what a disk takes to sync is not tested. */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initDirectory } from '../../../src/fleet/file-store/directory.ts';
import { realDisk } from '../../../src/fleet/file-store/disk.ts';

/** A directory that is a store, with a snapshot every so many revisions. */
export async function newStoreDirectory(snapshotEvery: bigint): Promise<string> {
  const path = join(newDirectory(), 'fleet');
  await initDirectory(path, realDisk, snapshotEvery);
  return path;
}

export const newDirectory = (): string => mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hostdev-file-store-'));
