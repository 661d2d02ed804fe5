/** What the store does to its directory, each call at most one change that others can see: what faults and kills are put between in tests. */
import { constants } from 'node:fs';
import { access, link, open, readdir, statfs, unlink } from 'node:fs/promises';
import { syncDirectory } from '../../files/sync-directory.ts';
import { damaged } from './damage.ts';

export interface Disk {
  /** The number of the file system that a directory is on, as statfs(2) gives it. */
  readonly fileSystem: (path: string) => Promise<number>;
  /** Fails where whoever runs us may not make anything in a directory. */
  readonly mayWriteInto: (directory: string) => Promise<void>;
  /** A file with at most so many bytes; undefined where there is none. Nothing but a plain file is read, and no symbolic link followed. */
  readonly read: (path: string, limit: number) => Promise<Buffer | undefined>;
  /** A new file, whole on the disk when this is fulfilled. */
  readonly create: (path: string, bytes: Uint8Array) => Promise<void>;
  /** Gives a file a second name, which nobody else has taken: link(2) fails with EEXIST where somebody has, on every host that shares the directory. */
  readonly link: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly names: (directory: string) => Promise<string[]>;
  /** Waits until the disk has the names in a directory. */
  readonly sync: (directory: string) => Promise<void>;
  /** A small file that is written over and over, and of which half may be read. */
  readonly overwrite: (path: string, bytes: Uint8Array) => Promise<void>;
}

/** Whoever is of the directory's group may read, whatever the umask is. */
const FILE_MODE = 0o640;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY, W_OK, X_OK } = constants;

const unlessMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error;
};

export const realDisk: Disk = {
  fileSystem: async (path) => (await statfs(path)).type,
  mayWriteInto: (directory) => access(directory, W_OK | X_OK),
  read: async (path, limit) => {
    // O_NONBLOCK: a named pipe that somebody put there is not waited for.
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ELOOP') throw damaged(path, 'it is a symbolic link');
      return unlessMissing(error);
    });
    if (file === undefined) return undefined;
    try {
      const found = await file.stat();
      if (!found.isFile()) throw damaged(path, 'it is no file');
      if (found.size > limit) throw damaged(path, `it has ${found.size} bytes, and ${limit} at most are written`);
      const bytes = Buffer.alloc(found.size);
      const { bytesRead } = await file.read(bytes, 0, found.size, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },
  create: async (path, bytes) => {
    const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
    try {
      await file.chmod(FILE_MODE);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  link,
  remove: async (path) => unlink(path).catch(unlessMissing),
  names: readdir,
  sync: syncDirectory,
  overwrite: async (path, bytes) => {
    const file = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, FILE_MODE);
    try {
      await file.chmod(FILE_MODE);
      await file.write(bytes, 0, bytes.length, 0);
      await file.truncate(bytes.length);
    } finally {
      await file.close();
    }
  },
};
