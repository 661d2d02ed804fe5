/** The file of a report: new, or instead of another report. */
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HostdevError } from '../../errors.ts';
import { whyUnwritten } from '../../files/explain.ts';
import { replaceFile } from '../../files/replace-file.ts';

/** Nobody else's business until it is sent. */
const PRIVATE = 0o600;

/**
 * Refuses what is no file that can be replaced, before anybody waits for a report.
 *
 * @throws {HostdevError} `file-unwritable`.
 */
export async function requireWritable(file: string): Promise<void> {
  if (file === '' || file.endsWith('/')) throw unwritable(file === '' ? "''" : file, 'that names no file');
  const [found, directory] = await Promise.all([file, dirname(file)].map((path) => lstat(path).catch(() => undefined)));
  if (directory === undefined) throw unwritable(file, `there is no directory ${dirname(file)}`);
  // A symbolic link would be replaced itself, also one to /dev/stdout.
  if (found !== undefined && !found.isFile()) throw unwritable(file, 'it is there, and no regular file');
}

/** @throws {HostdevError} `file-unwritable`. */
export async function writeReport(file: string, text: string): Promise<void> {
  try {
    await replaceFile(file, text, PRIVATE);
  } catch (error) {
    throw unwritable(file, whyUnwritten(error), error);
  }
}

function unwritable(file: string, why: string, cause?: unknown): HostdevError {
  return new HostdevError('file-unwritable', `${file} cannot be written: ${why}`, {
    subject: file,
    hint: "name another file, or '-o -' to print the report",
    cause,
  });
}
