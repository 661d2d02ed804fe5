/** What keeps the directory from being written or read, in words and codes; what is none of the system's stays what it is. */
import { HostdevError } from '../../errors.ts';
import { whyUnwritten } from '../../files/explain.ts';
import { wordTable } from '../../word-table.ts';

const CODES = wordTable<'fleet-full' | 'fleet-unwritable'>({
  ENOSPC: 'fleet-full',
  EDQUOT: 'fleet-full',
  EROFS: 'fleet-unwritable',
  EACCES: 'fleet-unwritable',
  EPERM: 'fleet-unwritable',
  EOPNOTSUPP: 'fleet-unwritable',
  ENOSYS: 'fleet-unwritable',
  EMLINK: 'fleet-unwritable',
  EXDEV: 'fleet-unwritable',
});

const codeOf = (error: unknown): string | undefined => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && !(error instanceof HostdevError) ? code : undefined;
};

/** Whether a change was refused for certain: it has not happened, and will not. Everything else may have reached a file server. */
export function isRefusal(error: unknown): boolean {
  return CODES[codeOf(error) ?? ''] !== undefined;
}

/** Why nothing was written. */
export function unwritten(directory: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const links = code === 'EOPNOTSUPP' || code === 'ENOSYS' || code === 'EXDEV' || code === 'EPERM';
  return new HostdevError(CODES[code] ?? 'fleet-unwritable', `the fleet's directory ${directory} cannot be written: ${whyUnwritten(error)}`, {
    subject: directory,
    hint: links ? 'its file system has to have hard links, and you have to be of its group; nothing was changed' : 'nothing was changed',
    cause: error,
  });
}

/** Why it cannot be read. */
export function unread(directory: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const why = code === 'EACCES' || code === 'EPERM' ? 'you may not read it' : (error as Error).message;
  return new HostdevError('fleet-unreadable', `the fleet's directory ${directory} cannot be read: ${why}`, {
    subject: directory,
    hint: 'check that it is mounted, and who may read it',
    cause: error,
  });
}
