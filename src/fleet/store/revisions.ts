/**
 * Keys in order with what each had at every revision that is still kept: what a store answers that keeps its keys itself. It decides whether a
 * transaction may happen, and what it makes of the keys; which revision comes next, and where that is written down, is its store's.
 */
import { HostdevError } from '../../errors.ts';
import { type Compare, type Entry, type Operation, type Page, PAGE_LIMIT, type PageWish, type WatchEvent } from './store.ts';

/** What a key had from a revision on; nothing after it was deleted. */
interface Version {
  readonly revision: bigint;
  readonly entry: Entry | undefined;
}

type Change = Extract<WatchEvent, { readonly kind: 'put' | 'delete' }>;

export interface Revisions {
  /** The newest one. */
  readonly revision: () => bigint;
  /** Of revisions before this one nothing is kept. */
  readonly oldest: () => bigint;
  /** Bytes of all keys and values there are now. */
  readonly size: () => number;
  readonly get: (key: string) => Entry | undefined;
  /** @throws HostdevError `fleet-revision-gone` */
  readonly page: (prefix: string, wish: PageWish) => Page;
  /** Everything at a revision that is kept. @throws HostdevError `fleet-revision-gone` */
  readonly all: (revision: bigint) => Entry[];
  /** What is in the way of a transaction: undefined where all compares hold, else what their keys have, and one key at most under each prefix. */
  readonly inTheWay: (compares: readonly Compare[]) => readonly Entry[] | undefined;
  /** Whether anything would be other than before. */
  readonly changes: (operations: readonly Operation[]) => boolean;
  /** All operations happen at that revision, which is a newer one. */
  readonly apply: (revision: bigint, operations: readonly Operation[]) => void;
  /** What was changed under a prefix after a revision, whole revisions, that many or a few more; undefined where that is no longer kept. */
  readonly changed: (prefix: string, from: bigint, limit: number) => { readonly events: readonly Change[]; readonly upTo: bigint } | undefined;
  /** Forgets what was before a revision. */
  readonly forgetBefore: (revision: bigint) => void;
}

export interface Beginning {
  readonly revision: bigint;
  readonly entries: readonly Entry[];
}

export function keepRevisions(beginning: Beginning = { revision: 0n, entries: [] }): Revisions {
  let { revision: newest, revision: oldest } = beginning;
  const versions = new Map<string, Version[]>();
  const keys: string[] = [];
  const log: Change[] = [];
  let size = 0;
  for (const entry of beginning.entries) add(entry.key, { revision: entry.modified, entry });
  keys.sort(byBytes);

  function add(key: string, version: Version): void {
    const known = versions.get(key);
    size += weight(version.entry) - weight(known?.at(-1)?.entry);
    if (known !== undefined) known.push(version);
    else {
      versions.set(key, [version]);
      keys.push(key);
    }
  }

  const get = (key: string): Entry | undefined => versions.get(key)?.at(-1)?.entry;

  const entryAt = (key: string, revision: bigint): Entry | undefined => versions.get(key)?.findLast((each) => each.revision <= revision)?.entry;

  function* under(prefix: string, after: string | undefined): Generator<string> {
    for (let at = firstFrom(keys, after ?? prefix); at < keys.length; at += 1) {
      const key = keys[at] ?? '';
      if (!key.startsWith(prefix)) return;
      if (key !== after) yield key;
    }
  }

  function firstUnder(prefix: string): Entry | undefined {
    for (const key of under(prefix, undefined)) {
      const entry = get(key);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  function holds(compare: Compare): boolean {
    if (compare.kind === 'none under') return firstUnder(compare.prefix) === undefined;
    const entry = get(compare.key);
    if (compare.kind === 'absent') return entry === undefined;
    return entry?.[compare.kind] === compare.revision;
  }

  return {
    revision: () => newest,
    oldest: () => oldest,
    size: () => size,
    get,
    page(prefix, { after, revision = newest, limit = PAGE_LIMIT }) {
      ensureKept(revision, oldest, newest);
      const entries: Entry[] = [];
      for (const key of under(prefix, after)) {
        const entry = entryAt(key, revision);
        if (entry === undefined) continue;
        const last = entries.at(-1);
        if (entries.length === limit && last !== undefined) return { entries, revision, next: last.key };
        entries.push(entry);
      }
      return { entries, revision };
    },
    all(revision) {
      ensureKept(revision, oldest, newest);
      return keys.flatMap((key) => entryAt(key, revision) ?? []);
    },
    inTheWay(compares) {
      if (compares.every(holds)) return undefined;
      const current = new Map<string, Entry>();
      for (const compare of compares) {
        const entry = compare.kind === 'none under' ? firstUnder(compare.prefix) : get(compare.key);
        if (entry !== undefined) current.set(entry.key, entry);
      }
      return [...current.values()];
    },
    changes: (operations) => operations.some(({ kind, key }) => kind === 'put' || get(key) !== undefined),
    apply(revision, operations) {
      const known = keys.length;
      for (const operation of operations) {
        const { key } = operation;
        const before = get(key);
        if (operation.kind === 'put') {
          // A copy: whoever wrote it may use the bytes for something else.
          const entry = { key, value: operation.value.slice(), created: before?.created ?? revision, modified: revision };
          add(key, { revision, entry });
          log.push({ kind: 'put', entry, revision });
        } else if (before !== undefined) {
          add(key, { revision, entry: undefined });
          log.push({ kind: 'delete', key, revision });
        }
      }
      putInOrder(keys, known);
      newest = revision;
    },
    changed(prefix, from, limit) {
      if (from < oldest) return undefined;
      const events: Change[] = [];
      for (let at = firstAfter(log, from); at < log.length; at += 1) {
        const event = log[at];
        if (event === undefined) break;
        const last = events.at(-1);
        if (last !== undefined && events.length >= limit && last.revision !== event.revision) return { events, upTo: last.revision };
        if ((event.kind === 'put' ? event.entry.key : event.key).startsWith(prefix)) events.push(event);
      }
      return { events, upTo: newest > from ? newest : from };
    },
    forgetBefore(revision) {
      if (revision <= oldest) return;
      oldest = revision < newest ? revision : newest;
      log.splice(0, firstAfter(log, oldest));
      for (const [key, known] of versions) {
        const kept = known.findLastIndex((each) => each.revision <= oldest);
        if (kept > 0) known.splice(0, kept);
        if (known.length === 1 && known[0]?.entry === undefined && known[0] !== undefined && known[0].revision <= oldest) versions.delete(key);
      }
      if (versions.size !== keys.length) keys.splice(0, keys.length, ...keys.filter((key) => versions.has(key)));
    },
  };
}

function ensureKept(revision: bigint, oldest: bigint, newest: bigint): void {
  if (revision >= oldest && revision <= newest) return;
  throw new HostdevError('fleet-revision-gone', `what the fleet was at revision ${revision} ${revision > newest ? 'is not there yet' : 'is no longer kept'}`, {
    hint: `read it anew: revisions ${oldest} to ${newest} are kept`,
  });
}

/** Keys are ASCII: the order of their bytes is that of their code units. */
const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const weight = (entry: Entry | undefined): number => (entry === undefined ? 0 : entry.key.length + entry.value.length);

/** Where the first key stands that does not come before this one. */
function firstFrom(keys: readonly string[], key: string, end = keys.length): number {
  let [low, high] = [0, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Brings the keys behind the first so many, which are in order, to where they belong. */
function putInOrder(keys: string[], known: number): void {
  for (const key of keys.splice(known)) keys.splice(firstFrom(keys, key), 0, key);
}

function firstAfter(log: readonly Change[], revision: bigint): number {
  let [low, high] = [0, log.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log[middle]?.revision ?? 0n) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
