/**
 * Where a fleet keeps what its hosts, claimers and administrators must agree on: keys in order, each change with a revision, several keys changed all
 * or none. etcd and a directory that hosts share are two of them, held to one suite.
 */

/** One key and what it has. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision at which the key came to be. It grows over delete and re-create: who has seen a newer one has a newer right (a fencing token). */
  readonly created: bigint;
  /** The revision at which it was last written. */
  readonly modified: bigint;
}

/** What must hold for a transaction to happen. */
export type Compare =
  | { readonly kind: 'absent'; readonly key: string }
  /** The very entry that came to be at that revision, whatever was written to it since. */
  | { readonly kind: 'created'; readonly key: string; readonly revision: bigint }
  /** The entry as it was last written at that revision. */
  | { readonly kind: 'modified'; readonly key: string; readonly revision: bigint }
  /** Nothing under a prefix, which ends with a slash. */
  | { readonly kind: 'none under'; readonly prefix: string };

export type Operation = { readonly kind: 'put'; readonly key: string; readonly value: Uint8Array } | { readonly kind: 'delete'; readonly key: string };

/** All compares hold and all operations happen at one revision, or nothing happens. A key is in one operation at most. */
export interface Transaction {
  readonly compares: readonly Compare[];
  readonly operations: readonly Operation[];
}

export type Commit =
  | { readonly outcome: 'done'; readonly revision: bigint }
  /** Nothing happened: what the compared keys (and one key at most under each compared prefix) have, read at one revision. */
  | { readonly outcome: 'refused'; readonly revision: bigint; readonly current: readonly Entry[] }
  /** It may have happened, or may happen yet: nobody answered in time, or the connection ended. `makeClear` finds out. */
  | { readonly outcome: 'unclear'; readonly why: string };

export interface Page {
  readonly entries: readonly Entry[];
  /** All pages of one list are read at this revision. */
  readonly revision: bigint;
  /** The key after which the next page begins; absent at the end. */
  readonly next?: string;
}

export interface PageWish {
  readonly after?: string;
  readonly revision?: bigint;
  /** At most PAGE_LIMIT, which it is without. */
  readonly limit?: number;
}

export type WatchEvent =
  | { readonly kind: 'put'; readonly entry: Entry; readonly revision: bigint }
  | { readonly kind: 'delete'; readonly key: string; readonly revision: bigint }
  /** All up to this revision has been told: where to go on after a pause. */
  | { readonly kind: 'progress'; readonly revision: bigint }
  /** What was between is no longer kept: whoever hears this lists anew, and watches from the list's revision. */
  | { readonly kind: 'compacted'; readonly revision: bigint };

/** A key that is there only while its writer says so: a hint of life, never a right to anything. */
export interface Alive {
  /** Fulfilled when the key is gone although nobody ended it, with why. */
  readonly lost: Promise<string>;
  /** Takes the key away. */
  end(): Promise<void>;
}

export interface FleetStore {
  /** Reads keys at one revision, as the majority has them now; what is not there is left out. */
  get(keys: readonly string[], signal?: AbortSignal): Promise<{ readonly entries: readonly Entry[]; readonly revision: bigint }>;
  /** One page of what is under a prefix that ends with a slash, in the order of the keys' bytes. */
  list(prefix: string, wish?: PageWish, signal?: AbortSignal): Promise<Page>;
  commit(transaction: Transaction, signal?: AbortSignal): Promise<Commit>;
  /** Every change under a prefix after `from`, once each and in order, over lost connections too; ends when the signal is aborted. */
  watch(prefix: string, from: bigint, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** Writes a key that goes when its writer has been silent for so many seconds. */
  alive(key: string, value: Uint8Array, seconds: number): Promise<Alive>;
  close(): Promise<void>;
}

/** Keys are printable ASCII without blanks; parts between slashes, none empty. */
export const KEY_LIMIT = 512;
/** Bytes of one value. etcd takes 1.5 MiB a request. */
export const VALUE_LIMIT = 256 * 1024;
/** Bytes of all values of one transaction. */
export const TRANSACTION_LIMIT = 1024 * 1024;
/** Compares, and operations, of one transaction: etcd's default (--max-txn-ops) is 128 of each. */
export const OPERATIONS_LIMIT = 128;
export const PAGE_LIMIT = 500;
