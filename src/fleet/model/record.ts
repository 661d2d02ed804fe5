/** Records as a store has them: bytes to what they say and back, with when they were written. */
import { HostdevError, type Problem } from '../../errors.ts';
import { type Entry, VALUE_LIMIT } from '../store/store.ts';
import type { RecordKind } from './record-kinds.ts';

/** A record, and its entry in the store: `created` is its token, `modified` what a change of it is held against. */
export interface Kept<R> extends Pick<Entry, 'key' | 'created' | 'modified'> {
  /** With whatever members a newer writer gave it: who writes it back spreads it. */
  readonly record: R;
}

const VERSION = 1;

/**
 * What a text of the store says.
 *
 * @throws {HostdevError} `fleet-record-newer` for a version that is not known here, `fleet-record-malformed` for what is no record of that kind.
 */
export function readRecord<R>({ key, created, modified }: Pick<Entry, 'key' | 'created' | 'modified'>, text: string, kind: RecordKind<R>): Kept<R> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(key, kind.name, 'it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(key, kind.name, 'it is no object');
  const { version } = value as { readonly version?: unknown };
  if (!Number.isSafeInteger(version) || (version as number) < 1) throw malformed(key, kind.name, 'it has no version');
  if ((version as number) > VERSION) {
    throw new HostdevError('fleet-record-newer', `the ${kind.name} ${key} has version ${String(version)}, and this hostdev knows ${VERSION}`, {
      subject: key,
      hint: 'a newer hostdev wrote it: install that one here as well; nothing is written over it',
    });
  }
  const wrong = kind.check(value);
  if (wrong !== undefined) throw malformed(key, kind.name, `it${wrong}`);
  return { record: value as R, key, created, modified };
}

/** The same of an entry whose value is the text. */
export function readEntry<R>(entry: Entry, kind: RecordKind<R>): Kept<R> {
  if (entry.value.length > VALUE_LIMIT) throw malformed(entry.key, kind.name, `it has more than ${VALUE_LIMIT} bytes`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(entry.value);
  } catch {
    throw malformed(entry.key, kind.name, 'it is no UTF-8');
  }
  return readRecord(entry, text, kind);
}

/** What can be read; what cannot is noted: one bad record keeps nobody from the rest. */
export async function readUnless<R>(problems: Problem[], read: () => Kept<R> | Promise<Kept<R>>): Promise<Kept<R> | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    problems.push(error.toProblem());
    return undefined;
  }
}

export function formatRecord<R extends { readonly version: 1 }>(record: R): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

function malformed(key: string, kind: string, why: string): HostdevError {
  return new HostdevError('fleet-record-malformed', `what is at ${key} is no ${kind}: ${why}`, {
    subject: key,
    hint: 'hostdev did not write it, or it was damaged: see who may write there; nothing is written over it',
  });
}
