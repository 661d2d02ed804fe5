/** Texts of YAML and JSON as one wish, or everything that is wrong with them. */
import { HostdevError, type Problem, type SourceLocation } from '../errors.ts';
import { mergeWishes } from '../wish/merge.ts';
import { readWish } from '../wish/read-wish.ts';
import type { DesiredState } from '../wish/wish.ts';
import { type NamedText, readTree } from './read-tree.ts';

/**
 * One wish of all these texts.
 *
 * @throws {HostdevError} `wish-malformed`, `wish-ambiguous`, `wish-conflict`, with everything that is wrong.
 */
export function readWishTexts(texts: readonly NamedText[]): DesiredState {
  const wishes: DesiredState[] = [];
  const problems: Problem[] = [];
  for (const text of texts) {
    const read = readOne(text);
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

/** 1 MiB is a wish for thousands of functions. */
export const MOST_BYTES = 1024 * 1024;

/**
 * The text of a file's bytes.
 *
 * @param bytes - undefined where there are more than {@link MOST_BYTES}.
 * @throws {HostdevError} `file-too-large`, `wish-malformed`.
 */
export function decodeWish(name: string, bytes: Uint8Array | undefined): NamedText {
  if (bytes === undefined || bytes.length > MOST_BYTES)
    throw new HostdevError('file-too-large', `${name} has more than 1 MiB, which no wish has`, { subject: name, hint: 'split it into several files' });
  try {
    // A text has none: it is UTF-16, or no text.
    if (bytes.includes(0)) throw new TypeError('a byte is NUL');
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (cause) {
    throw new HostdevError('wish-malformed', `${name} is not text in UTF-8`, { subject: name, hint: 'save it as UTF-8', cause });
  }
}
