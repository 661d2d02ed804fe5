/** The directory of a fleet: how it is made, and what it has to be like before anything of it is believed. */
import { randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HostdevError } from '../../errors.ts';
import { damaged } from './damage.ts';
import type { Disk } from './disk.ts';
import { unread, unwritten } from './failures.ts';
import { DIRECTORIES, type Layout, layoutOf, revisionsIn, SNAPSHOT_EVERY } from './layout.ts';
import { seal, unseal } from './sealed.ts';
import { ensureFileSystem } from './file-system.ts';

export interface Directory {
  /** As somebody named it, for messages. */
  readonly name: string;
  readonly layout: Layout;
  readonly disk: Disk;
  /** A snapshot is made of every so manyth revision. */
  readonly snapshotEvery: bigint;
}

const STORE_LIMIT = 4096;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
/** Of a directory that is made: its owner and group write, and what is made in it is the group's. */
const MODE = 0o2770;

/** How a directory becomes the store of a fleet. `mended`: what has happened is in it, and only the file has gone that says what it is. */
export type Making = 'made' | 'mended' | 'nothing';

/**
 * Makes an empty directory, or one that is not there yet, the store of a fleet; one that is a store already stays as it is.
 *
 * @throws HostdevError `fleet-directory`, `fleet-unwritable`, `fleet-full`
 */
export async function initDirectory(path: string, disk: Disk, snapshotEvery = SNAPSHOT_EVERY): Promise<Making> {
  try {
    if (!(await isThere(path))) await ensurePlace(path, disk);
    await mkdir(path, { mode: 0o700 }).then(
      async () => chmod(path, MODE),
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
    const { mode, making } = await lookInto(path, disk);
    if (making === 'nothing') return making;
    return (await fill(path, disk, { mode, snapshotEvery })) ? making : 'nothing';
  } catch (error) {
    throw unwritten(path, error);
  }
}

/** What `initDirectory` would do. @throws HostdevError `fleet-directory`, `fleet-unreadable`, `fleet-unwritable` */
export async function planDirectory(path: string, disk: Disk): Promise<Making> {
  try {
    if (!(await isThere(path))) {
      await ensurePlace(path, disk);
      return 'made';
    }
    const { making } = await lookInto(path, disk);
    if (making !== 'nothing') await ensureWritable(path, path, disk);
    return making;
  } catch (error) {
    throw unread(path, error);
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return false;
    },
  );
}

/** What would be refused once the directory is made is refused before it: nothing of it is left behind. */
async function ensurePlace(path: string, disk: Disk): Promise<void> {
  const parent = dirname(path);
  await ensureWritable(path, parent, disk);
  ensureFileSystem(path, await disk.fileSystem(parent));
}

/** @throws HostdevError `fleet-unwritable` */
async function ensureWritable(path: string, into: string, disk: Disk): Promise<void> {
  await disk.mayWriteInto(into).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw unwritten(path, error);
    throw new HostdevError('fleet-unwritable', `the fleet's directory ${path} cannot be written: there is no ${into}`, {
      subject: path,
      hint: 'make that first; or its file system is not mounted',
    });
  });
}

async function lookInto(path: string, disk: Disk): Promise<{ readonly mode: number; readonly making: Making }> {
  const mode = await ensureSafe(path);
  ensureFileSystem(path, await disk.fileSystem(path));
  const names = await disk.names(path);
  if (names.includes('fleet-store')) return { mode, making: 'nothing' };
  const foreign = names.find((name) => !DIRECTORIES.some((each) => each === name));
  if (foreign !== undefined)
    throw unusable(path, `has something else in it: ${JSON.stringify(foreign)}`, 'name an empty directory, or one that is not there yet');
  for (const name of ['log', 'snapshots'] as const) {
    if (names.includes(name) && revisionsIn(await disk.names(join(path, name))).length > 0) return { mode, making: 'mended' };
  }
  // What is there of ours is of one who was stopped in the middle of making it.
  return { mode, making: 'made' };
}

async function fill(path: string, disk: Disk, { mode, snapshotEvery }: { readonly mode: number; readonly snapshotEvery: bigint }): Promise<boolean> {
  const { store, fresh } = layoutOf(path);
  for (const name of DIRECTORIES) {
    await mkdir(join(path, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await chmod(join(path, name), (mode & MODE) | 0o700);
  }
  const made = join(fresh, randomUUID());
  await disk.create(made, seal('store', JSON.stringify({ id: randomUUID(), snapshotEvery: Number(snapshotEvery) })));
  const mine = await disk.link(made, store).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return false;
    },
  );
  await disk.remove(made);
  await disk.sync(path);
  return mine;
}

/** @throws HostdevError `fleet-directory`, `fleet-unreadable`, `fleet-damaged`, `fleet-newer` */
export async function openDirectory(path: string, disk: Disk): Promise<Directory> {
  const layout = layoutOf(path);
  try {
    await ensureSafe(path);
    // Each host has a mount of its own: what one of them has as NFS another one may have over FUSE.
    ensureFileSystem(path, await disk.fileSystem(path));
    const bytes = await disk.read(layout.store, STORE_LIMIT);
    if (bytes === undefined) throw unusable(path, 'is not the directory of a fleet', "'hostdev fleet init' makes it one; or its file system is not mounted");
    // What has gone of a store is not made anew: what was in it would be missing without a word.
    for (const name of DIRECTORIES) await ensureSafe(join(path, name), 'put the directory back from a copy; what guests have stays theirs');
    return { name: path, layout, disk, snapshotEvery: readInterval(unseal('store', bytes, layout.store), layout.store) };
  } catch (error) {
    throw unread(path, error);
  }
}

function readInterval(body: string, path: string): bigint {
  let found: unknown;
  try {
    found = (JSON.parse(body) as { readonly snapshotEvery?: unknown }).snapshotEvery;
  } catch {
    throw damaged(path, 'it is no JSON');
  }
  if (typeof found === 'number' && Number.isInteger(found) && found >= 1 && found <= 100_000) return BigInt(found);
  throw damaged(path, 'it does not say when snapshots are made');
}

/** Its mode. Whoever may write into a directory may put anything in the place of what is there. */
async function ensureSafe(path: string, whereMissing = "'hostdev fleet init' makes it; or its file system is not mounted"): Promise<number> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw unusable(path, 'is not there', whereMissing);
  });
  if (found.isSymbolicLink()) throw unusable(path, 'is a symbolic link', 'name the directory itself');
  if (!found.isDirectory()) throw unusable(path, 'is no directory', 'name a directory that the hosts of the fleet share');
  if ((found.mode & OTHERS_WRITE) !== 0) {
    // As /tmp, which is for everybody, and stays so.
    const hint = (found.mode & STICKY) === 0 ? `chmod o-w ${path}` : 'name a directory that is for the fleet alone';
    throw unusable(path, 'can be written by everybody', hint);
  }
  return found.mode;
}

function unusable(path: string, why: string, hint: string): HostdevError {
  return new HostdevError('fleet-directory', `${path} ${why}`, { subject: path, hint });
}
