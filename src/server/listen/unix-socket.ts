/** A unix socket that only its owner reaches. */
import { lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { HostdevError } from '../../errors.ts';

/**
 * Makes room for a socket: one that nobody listens on any more is taken away.
 *
 * @throws {HostdevError} `listen-impossible` for anything else that is there: a symbolic link would have somebody else choose where the socket is.
 */
export async function makeRoom(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  const what = found.isSymbolicLink() ? 'a symbolic link' : found.isSocket() ? undefined : 'a file';
  if (what !== undefined) throw impossible(path, `${path} is ${what}`, 'name another path, or take it away');
  if (await isAnswered(path)) throw impossible(path, `somebody listens on ${path} already`, 'end that one first');
  await unlink(path);
}

/** Listens with rights for the owner alone from the first moment on: bind(2) makes the file, with what umask(2) leaves. */
export function listenForOwner(server: Server, path: string, onListening: () => void): void {
  const before = process.umask(0o177);
  try {
    server.listen(path, onListening);
  } finally {
    process.umask(before);
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    // Only that says that nobody listens (connect(2)): who is too busy, or lets us not in, is there all the same.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

export function impossible(subject: string, message: string, hint: string, cause?: unknown): HostdevError {
  return new HostdevError('listen-impossible', message, { subject, hint, cause });
}
