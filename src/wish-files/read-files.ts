/** The files of a wish: those that are named, and those of directories, read and put together. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HostdevError } from '../errors.ts';
import { explainUnread } from '../files/explain.ts';
import { readBounded } from '../files/read-bounded.ts';
import type { DesiredState } from '../wish/wish.ts';
import type { NamedText } from './read-tree.ts';
import { decodeWish, MOST_BYTES, readWishTexts } from './read-texts.ts';

/** Standard input, read no further than a limit; undefined where it has more. */
type ReadStdin = (limit: number) => Promise<Uint8Array | undefined>;

const MOST_FILES = 256;

const ENDINGS = /\.(ya?ml|json)$/;
const HINT = 'name a file or a directory with files that end with .yaml, .yml or .json; - is standard input';

/**
 * One wish of all these files; of a directory those that end with .yaml, .yml or .json, in the order of their names, but none below it and none that is hidden.
 *
 * @param stdin - what `-` is.
 * @throws {HostdevError} `file-not-found`, `file-unreadable`, `file-too-large`, `wish-malformed`, `wish-ambiguous`, `wish-conflict`, with everything that is wrong.
 */
export async function readWishFiles(names: readonly string[], stdin: ReadStdin): Promise<DesiredState> {
  const files = await filesOf(names);
  if (files.length > MOST_FILES)
    throw new HostdevError('file-too-large', `there are ${files.length} files, and no more than ${MOST_FILES} are read`, { hint: HINT });
  const texts: NamedText[] = [];
  for (const name of files) texts.push(await textOf(name, stdin));
  return readWishTexts(texts);
}

async function filesOf(names: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const name of names) {
    if (name === '-' || !(await isDirectory(name))) files.push(name);
    else files.push(...(await filesIn(name)));
  }
  // A file that is named, and is in a directory that is named, is one file.
  return [...new Set(files)];
}

async function isDirectory(name: string): Promise<boolean> {
  try {
    return (await stat(name)).isDirectory();
  } catch (error) {
    throw explainUnread(error, { name, hint: HINT });
  }
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory).catch((error: unknown) => {
    throw explainUnread(error, { name: directory, hint: HINT });
  });
  const files = entries.filter((name) => ENDINGS.test(name) && !name.startsWith('.')).toSorted();
  if (files.length > 0) return files.map((name) => join(directory, name));
  // A wish of nothing, with --prune, would take everything away.
  throw new HostdevError('file-not-found', `${directory} has no file that ends with .yaml, .yml or .json`, { subject: directory, hint: HINT });
}

async function textOf(name: string, stdin: ReadStdin): Promise<NamedText> {
  const read: Promise<Uint8Array | undefined> = name === '-' ? stdin(MOST_BYTES) : readBounded(name, MOST_BYTES);
  const bytes = await read.catch((error: unknown) => {
    throw explainUnread(error, { name, hint: HINT });
  });
  return decodeWish(name, bytes);
}
