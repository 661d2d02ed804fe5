/** The files of a wish: those that are named, and those of directories, read and put together. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HostdevError, type Problem, type SourceLocation } from '../errors.ts';
import { explainUnread } from '../files/explain.ts';
import { readBounded } from '../files/read-bounded.ts';
import { mergeWishes } from '../wish/merge.ts';
import { readWish } from '../wish/read-wish.ts';
import type { DesiredState } from '../wish/wish.ts';
import { type NamedText, readTree } from './read-tree.ts';

/** Standard input, read no further than a limit; undefined where it has more. */
type ReadStdin = (limit: number) => Promise<Uint8Array | undefined>;

/** 1 MiB is a wish for thousands of functions. */
const MOST_BYTES = 1024 * 1024;
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
  const wishes: DesiredState[] = [];
  const problems: Problem[] = [];
  for (const name of files) {
    const read = readOne(await textOf(name, stdin));
    if ('slots' in read) wishes.push(read);
    else problems.push(...read);
  }
  refuse(problems);
  const merged = mergeWishes(wishes);
  if (!('slots' in merged)) return refuse(merged) ?? NOTHING;
  return merged;
}

const NOTHING: DesiredState = { slots: [], virtualFunctions: [], functions: [], pools: [], guests: [] };

/** What one text wishes for, or everything that is wrong with it. */
export function readOne(text: NamedText): DesiredState | readonly Problem[] {
  try {
    const { tree, ambiguous } = readTree(text);
    const read = readWish(tree);
    if ('slots' in read) return ambiguous.length === 0 ? read : ambiguous;
    // What is meant by an ambiguous value is not known, so nothing else is said of it.
    return [...ambiguous, ...read.filter(({ location }) => !ambiguous.some((each) => samePlace(each.location, location)))].toSorted(byPlace);
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return [error.toProblem(), ...error.others];
  }
}

function samePlace(one: SourceLocation | undefined, other: SourceLocation | undefined): boolean {
  return one !== undefined && one.line === other?.line && one.column === other.column;
}

function byPlace({ location: one }: Problem, { location: other }: Problem): number {
  return (one?.line ?? 0) - (other?.line ?? 0) || (one?.column ?? 0) - (other?.column ?? 0);
}

function refuse([first, ...others]: readonly Problem[]): undefined {
  if (first !== undefined) throw HostdevError.all(first, others);
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
  if (bytes === undefined) throw new HostdevError('file-too-large', `${name} has more than 1 MiB, which no wish has`, { subject: name, hint: HINT });
  try {
    // A text has none: it is UTF-16, or no text.
    if (bytes.includes(0)) throw new TypeError('a byte is NUL');
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (cause) {
    throw new HostdevError('wish-malformed', `${name} is not text in UTF-8`, { subject: name, hint: 'save it as UTF-8', cause });
  }
}
