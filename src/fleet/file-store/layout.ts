/**
 * What is where in the directory of a fleet.
 *
 *     fleet-store        what this directory is
 *     log/REVISION       one transaction each: the file whose name nobody had taken before is what happened at that revision
 *     snapshots/REVISION all keys as they were at that revision
 *     new/               files that have no name of these yet
 *     alive/             one small file for each key that goes when its writer is silent
 */
import { join } from 'node:path';

export interface Layout {
  readonly store: string;
  readonly log: string;
  readonly snapshots: string;
  readonly fresh: string;
  readonly alive: string;
}

export function layoutOf(directory: string): Layout {
  const at = (name: string): string => join(directory, name);
  return { store: at('fleet-store'), log: at('log'), snapshots: at('snapshots'), fresh: at('new'), alive: at('alive') };
}

export const DIRECTORIES = ['log', 'snapshots', 'new', 'alive'] as const;

/** All of one length, so that they sort as numbers do. */
const DIGITS = 16;
const NAME = /^[0-9]{16}$/;

export function revisionName(revision: bigint): string {
  return `${revision}`.padStart(DIGITS, '0');
}

/** The revisions that names stand for, smallest first; other names are none. */
export function revisionsIn(names: readonly string[]): bigint[] {
  return names
    .filter((name) => NAME.test(name))
    .toSorted()
    .map(BigInt);
}

/** A snapshot is made of every so manyth revision. The two newest are kept, and the transactions after the older one of them. */
export const SNAPSHOT_EVERY = 200n;
/** Where snapshots cannot be made, so many transactions are taken all the same. */
export const LOG_LIMIT = 10_000n;
/** Bytes of all keys and values of a fleet. */
export const STATE_LIMIT = 64 * 1024 * 1024;
/** Values are written with a third more; names and numbers come with them. */
export const TRANSACTION_FILE_LIMIT = 2 * 1024 * 1024;
export const SNAPSHOT_FILE_LIMIT = 4 * STATE_LIMIT;
