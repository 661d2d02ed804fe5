/** Why a file that somebody named cannot be read, in words: the system's own are for those who wrote the program. */
import { HostdevError } from '../errors.ts';
import { wordTable } from '../word-table.ts';

/** What the name stands for, where it is none of a file; the name itself is wrong then. Source: errno(3), open(2). */
const NO_FILE = wordTable<(name: string) => string>({
  ENOENT: (name) => `there is no file ${name}`,
  ENOTDIR: (name) => `there is no file ${name}: a part of the path is no directory`,
  EISDIR: (name) => `${name} is a directory, not a file`,
  ELOOP: (name) => `there is no file ${name}: symbolic links lead in a circle`,
  ENAMETOOLONG: (name) => `there is no file ${name}: the name is too long`,
  ENXIO: (name) => `${name} is a socket or a device without a driver, not a file`,
});

/** What keeps us from a file that is there. */
const KEPT = wordTable<string>({
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  EIO: 'the disk or the network has failed (input/output error)',
  ESTALE: 'the server of its file system has lost it',
  ETIMEDOUT: 'it is a pipe, and nobody writes into it',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this machine',
});

/** A file, and what somebody may do who has named the wrong one. */
export interface NamedFile {
  readonly name: string;
  readonly hint: string;
}

/** The error of opening or reading a file that somebody named; what is none of the system's stays what it is. */
export function explainUnread(error: unknown, { name, hint }: NamedFile): unknown {
  const { code } = error as { readonly code?: unknown };
  if (error instanceof HostdevError || typeof code !== 'string') return error;
  const noFile = NO_FILE[code]?.(name);
  if (noFile !== undefined) return new HostdevError('file-not-found', noFile, { subject: name, hint, cause: error });
  const why = KEPT[code] ?? (error as Error).message;
  return new HostdevError('file-unreadable', `${name} cannot be read: ${why}`, {
    subject: name,
    hint: `check who may read it, and run as somebody who may`,
    cause: error,
  });
}

/** What keeps us from writing. */
const UNWRITTEN = wordTable<string>({
  EACCES: 'you may not write there',
  EPERM: 'you may not write there, or the file is immutable',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your quota is used up',
  EIO: 'the disk or the network has failed (input/output error)',
});

/** Why a file could not be written. */
export function whyUnwritten(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return (typeof code === 'string' ? UNWRITTEN[code] : undefined) ?? (error as Error).message;
}
