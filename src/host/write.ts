/** Writing kernel attributes: at once where the kernel answers at once, in a child with a time limit where it may not. */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';

/** Attributes behind which a driver works: an unbind waits for whoever has the device open, as long as that takes. */
const MAY_BLOCK = new Set(['unbind', 'bind', 'drivers_probe', 'sriov_numvfs', 'power', 'remove', 'rescan', 'reset', 'recover']);

export function mayBlock(path: string): boolean {
  return MAY_BLOCK.has(basename(path));
}

/** How long the kernel may take; HOSTDEV_WRITE_TIMEOUT_MS is there for tests and for hardware that is known to be slow. */
export function writeTimeoutMs(env: NodeJS.ProcessEnv): number {
  const given = Number(env['HOSTDEV_WRITE_TIMEOUT_MS'] ?? '');
  return Number.isInteger(given) && given > 0 ? given : 60_000;
}

/** One write of the whole text: that is what makes a kernel attribute act. */
export async function writeOnce(path: string, text: string): Promise<void> {
  // The file must be there, and many of these (unbind) refuse to be opened for reading.
  const file = await open(path, constants.O_WRONLY);
  try {
    await file.write(text);
  } finally {
    await file.close();
  }
}

/**
 * The same in a process of its own. A thread that waits in the kernel cannot be ended, not even by ending its
 * process; a child can be left behind, and the caller lives on.
 */
export async function writeInChild(path: string, text: string, timeoutMs = writeTimeoutMs(process.env)): Promise<void> {
  // Opening never waits, and tells apart what the child could not: not there, no right.
  await (await open(path, constants.O_WRONLY)).close();
  // dd hands on the one block it reads in one write. Its words are C's, so that they can be told apart.
  const child = spawn('dd', ['bs=4096', 'conv=notrunc', `of=${path}`], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    let words = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      for (const stream of [child.stdin, child.stderr]) stream.destroy();
      child.unref();
      reject(kernelError(STUCK, 'the kernel has not come back from it', path));
    }, timeoutMs);
    child.stderr.on('data', (chunk: Buffer) => {
      if (words.length < 4096) words += chunk.toString();
    });
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (status) => {
      clearTimeout(timer);
      if (status === 0) resolve();
      else reject(refusal(words, path));
    });
    child.stdin.end(text);
  });
}

/** The C library's words for the errors that these writes end with. */
const WORDS: readonly (readonly [string, string])[] = [
  ['No such device or address', 'ENXIO'],
  ['No such device', 'ENODEV'],
  ['No such file', 'ENOENT'],
  ['Device or resource busy', 'EBUSY'],
  ['Invalid argument', 'EINVAL'],
  ['Input/output error', 'EIO'],
  ['I/O error', 'EIO'],
  ['Numerical result out of range', 'ERANGE'],
  ['Permission denied', 'EACCES'],
  ['Operation not permitted', 'EPERM'],
  ['Operation not supported', 'EOPNOTSUPP'],
  ['Cannot allocate memory', 'ENOMEM'],
  ['No space left', 'ENOSPC'],
  ['Connection timed out', 'ETIMEDOUT'],
];

/** Code of a write that was left behind; the kernel's own ETIMEDOUT means that it has come back. */
export const STUCK = 'ESTUCK';

function refusal(words: string, path: string): Error {
  const line = words.split('\n').find((each) => each.includes(path)) ?? '';
  const reason = line.slice(line.lastIndexOf(': ') + 2);
  const code = WORDS.find(([text]) => reason.includes(text))?.[1] ?? 'EIO';
  return kernelError(code, reason === '' ? 'the write failed' : reason, path);
}

function kernelError(code: string, reason: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${reason}, write '${path}'`), { code });
}
