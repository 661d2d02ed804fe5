/** A store that is held to the suite, the faults it can be made to have, and what every topic of the suite asks of it. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { HostdevError } from '../../../src/errors.ts';
import type { Commit, Compare, Entry, FleetStore, Operation, WatchEvent } from '../../../src/fleet/store/store.ts';

/** What a way to have a store can do to it; the cases that need one that it lacks are none of its tests, which is counted. */
export interface Faults {
  /** The next transaction of that store is not answered: it never arrives, or it has happened. */
  readonly loseAnswer?: (store: FleetStore, way: 'before' | 'after') => Promise<void>;
  /** The next transaction of that store is not answered, and is on its way until it is let go, which gives what became of it where that is known. */
  readonly holdBack?: (store: FleetStore) => Promise<() => Promise<Commit | undefined>>;
  /** Cuts the connections of all watches of that store, as soon as they are made again too, a few times. */
  readonly cutWatches?: (store: FleetStore) => Promise<void>;
  /** What was before the revision of now is forgotten. */
  readonly compact?: (store: FleetStore) => Promise<void>;
  /** That store's process is silent from now on; comes back when its leases of one second are over for the others. */
  readonly silence?: (store: FleetStore) => Promise<void>;
  /** The store takes no more while the work is done. */
  readonly whileFull?: (store: FleetStore, work: () => Promise<void>) => Promise<void>;
  readonly whileReadOnly?: (store: FleetStore, work: () => Promise<void>) => Promise<void>;
}

export interface StoreUnderTest extends Faults {
  /** A store of its own over the same keys, as another process would have it; closed when the case is over. */
  readonly open: () => Promise<FleetStore>;
  /** Under it nothing is yet; it ends with a slash, and no other case uses it. */
  readonly prefix: string;
}

export interface StoreCase {
  readonly title: string;
  readonly needs?: keyof Faults;
  readonly run: (fleet: StoreUnderTest) => Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (entry: Entry | undefined): string | undefined => (entry === undefined ? undefined : new TextDecoder().decode(entry.value));

export const put = (key: string, value: string): Operation => ({ kind: 'put', key, value: bytes(value) });
export const remove = (key: string): Operation => ({ kind: 'delete', key });
export const absent = (key: string): Compare => ({ kind: 'absent', key });

/** Writes without comparing; gives the revision. */
export async function write(store: FleetStore, ...operations: readonly Operation[]): Promise<bigint> {
  const answer = await store.commit({ compares: [], operations });
  if (answer.outcome !== 'done') throw new Error(`the transaction is ${answer.outcome}`);
  return answer.revision;
}

export async function read(store: FleetStore, key: string): Promise<Entry | undefined> {
  return (await store.get([key])).entries[0];
}

/** `key=value` of all that is under a prefix, in pages of that size. */
export async function contents(store: FleetStore, prefix: string, limit?: number): Promise<string[]> {
  const found: string[] = [];
  let after: string | undefined;
  let at: bigint | undefined;
  do {
    const page = await store.list(prefix, { ...(limit && { limit }), ...(after !== undefined && { after }), ...(at !== undefined && { revision: at }) });
    found.push(...page.entries.map((entry) => `${entry.key.slice(prefix.length)}=${text(entry)}`));
    after = page.next;
    at = page.revision;
  } while (after !== undefined);
  return found;
}

export function refused(answer: Commit): Extract<Commit, { readonly outcome: 'refused' }> {
  if (answer.outcome !== 'refused') throw new Error(`the transaction is ${answer.outcome}`);
  return answer;
}

/** The code of the refusal that something is thrown with. */
export async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof HostdevError) return error.code;
    throw error;
  }
  return 'nothing was refused';
}

/** What a watch tells, kept as it comes: `put key=value`, `delete key`; fails at once where an order or a revision cannot be. */
export class Listener {
  readonly told: string[] = [];
  compactedAt: bigint | undefined;
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  #last: bigint;

  constructor(store: FleetStore, prefix: string, from: bigint) {
    this.#last = from;
    this.ended = this.#follow(store.watch(prefix, from, this.#stop.signal), prefix);
    this.ended.catch(() => undefined);
  }

  async #follow(events: AsyncIterable<WatchEvent>, prefix: string): Promise<void> {
    let progress = this.#last;
    for await (const event of events) {
      if (event.kind === 'compacted') {
        this.compactedAt = event.revision;
        continue;
      }
      ok(event.revision >= this.#last, `revision ${event.revision} is told after ${this.#last}`);
      ok(event.kind === 'progress' || event.revision > progress, `revision ${event.revision} is told although all up to ${progress} had been`);
      this.#last = event.revision;
      if (event.kind === 'progress') progress = event.revision;
      else if (event.kind === 'delete') this.told.push(`delete ${event.key.slice(prefix.length)}`);
      else {
        equal(event.entry.modified, event.revision);
        this.told.push(`put ${event.entry.key.slice(prefix.length)}=${text(event.entry)}`);
      }
    }
  }

  /** Waits until so much was told, and holds it against what it has to be. */
  async expect(wanted: readonly string[]): Promise<void> {
    await until(() => this.told.length >= wanted.length, this.ended);
    deepEqual(this.told, wanted);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }
}

const PATIENCE_MS = 20_000;

/** Waits until something holds; what ends before it with an error is the error. */
export async function until(holds: () => boolean | Promise<boolean>, failing?: Promise<void>): Promise<void> {
  let failure: unknown;
  failing?.catch((error: unknown) => {
    failure = error;
  });
  for (const began = performance.now(); !(await holds()); ) {
    if (failure !== undefined) throw failure;
    if (performance.now() - began > PATIENCE_MS) throw new Error('waited for too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
