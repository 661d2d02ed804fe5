/** The port to a real machine, or to a copy of its sysfs below another directory. */
import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { open, readdir, readlink } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HostdevError } from '../errors.ts';
import type { HostPort } from './port.ts';

const run = promisify(execFile);

/** Codes that mean "not there (any more)" or "nothing to say": functions may vanish while they are read. */
const ABSENT = new Set(['ENOENT', 'ENODEV', 'ENXIO', 'ENOTDIR', 'EINVAL', 'EISDIR', 'EIO', 'ELOOP']);

const READ_LIMIT = 64 * 1024;
const MODULE_TIMEOUT_MS = 30_000;

/**
 * Opens the machine. `root` is where its tree begins: a directory that holds `sys`, or that is itself a
 * copy of /sys.
 *
 * @throws {HostdevError} `file-not-found` when a root is given and holds neither.
 */
export function openMachine(root = '/'): HostPort {
  const resolve = resolver(root);
  const live = root === '/';
  return {
    live,
    read: (path, limit = READ_LIMIT) => tolerant(() => readUpTo(resolve(path), limit)),
    list: (path) => tolerant(async () => (await readdir(resolve(path))).sort()),
    readlink: (path) => tolerant(() => readlink(resolve(path))),
    write: async (path, text) => {
      // One write of the whole text: that is what makes a kernel attribute act.
      // The file must be there, and many of these (unbind) refuse to be opened for reading.
      const file = await open(resolve(path), constants.O_WRONLY);
      try {
        await file.write(text);
      } finally {
        await file.close();
      }
    },
    addresses: async () => (live ? readAddresses() : new Map()),
    sessionAddress: live ? process.env['SSH_CONNECTION']?.split(' ')[2] : undefined,
    claimState: async (path) => (live ? readClaimState(path) : 'free'),
    loadModule: async (name) => {
      if (!live) return;
      await run('modprobe', ['--', name], { timeout: MODULE_TIMEOUT_MS });
    },
  };
}

function readAddresses(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, list] of Object.entries(networkInterfaces()))
    found.set(
      name,
      (list ?? []).map((entry) => entry.address),
    );
  return found;
}

/** The kernel gives a block device exclusively to one owner: a mount, a stack on top, a pool. */
async function readClaimState(path: string): Promise<'free' | 'claimed' | 'unreadable'> {
  try {
    await (await open(path, constants.O_RDONLY | constants.O_EXCL | constants.O_NONBLOCK)).close();
    return 'free';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EBUSY') return 'claimed';
    // A namespace that the controller hides, or one without a node: nobody can use it either.
    return code === 'ENOENT' || code === 'ENXIO' || code === 'ENOMEDIUM' ? 'free' : 'unreadable';
  }
}

function resolver(root: string): (path: string) => string {
  if (root === '/') return (path) => path;
  if (existsSync(join(root, 'sys'))) return (path) => join(root, path);
  if (existsSync(join(root, 'bus'))) return (path) => (path.startsWith('/sys/') ? join(root, path.slice('/sys/'.length)) : join(root, '..', path));
  throw new HostdevError('file-not-found', `${root} holds no sysfs tree`, {
    subject: root,
    hint: 'give a directory that has sys/bus/pci in it (or a copy of /sys itself)',
  });
}

async function tolerant<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '') || (error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw error;
  }
}

async function readUpTo(path: string, limit: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(limit, READ_LIMIT));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}
