/** A file that a command writes its result to: new, or instead of the one before. */
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HostdevError } from '../errors.ts';
import { whyUnwritten } from '../files/explain.ts';
import { replaceFile } from '../files/replace-file.ts';

export interface OutputFile {
  readonly name: string;
  /** Who may read it. */
  readonly mode: number;
  /** What to do where it cannot be written. */
  readonly hint: string;
}

/**
 * Refuses what is no file that can be replaced, before anybody waits for a result.
 *
 * @throws {HostdevError} `file-unwritable`.
 */
export async function requireWritable(file: OutputFile): Promise<void> {
  const { name } = file;
  if (name === '' || name.endsWith('/')) throw unwritable(file, 'that names no file');
  const [found, directory] = await Promise.all([name, dirname(name)].map((path) => lstat(path).catch(() => undefined)));
  if (directory === undefined) throw unwritable(file, `there is no directory ${dirname(name)}`);
  // A symbolic link would be replaced itself, also one to /dev/stdout.
  if (found !== undefined && !found.isFile()) throw unwritable(file, 'it is there, and no regular file');
}

/** @throws {HostdevError} `file-unwritable`. */
export async function writeOutput(file: OutputFile, text: string): Promise<void> {
  try {
    await replaceFile(file.name, text, file.mode);
  } catch (error) {
    throw unwritable(file, whyUnwritten(error), error);
  }
}

function unwritable({ name, hint }: OutputFile, why: string, cause?: unknown): HostdevError {
  return new HostdevError('file-unwritable', `${name === '' ? "''" : name} cannot be written: ${why}`, { subject: name, hint, cause });
}
