/**
 * The keys as the directory has them: read from a snapshot, and brought up to date from the log whenever somebody asks.
 *
 * A file of the log is removed only when two snapshots are newer. So it is trusted only where that is not so *after* it was read: else somebody who slept
 * for long could take the name of one that was removed, and give a revision for the second time.
 */
import { join } from 'node:path';
import { keepRevisions, type Revisions } from '../store/revisions.ts';
import { damaged } from './damage.ts';
import type { Directory } from './directory.ts';
import { revisionName, revisionsIn, SNAPSHOT_FILE_LIMIT, TRANSACTION_FILE_LIMIT } from './layout.ts';
import { decodeSnapshot } from './snapshot-file.ts';
import { decodeTransaction, type WrittenTransaction } from './transaction-file.ts';

export interface Keeper {
  /** As they were when it last caught up. */
  readonly keys: () => Revisions;
  /** Reads what was written since. @throws HostdevError `fleet-damaged`, `fleet-newer`, and what the system fails with */
  readonly catchUp: () => Promise<void>;
  /** Waits until the disk has all that was read: what is told has to be there after a power loss too, because somebody may act on it. */
  readonly settle: () => Promise<void>;
  /** Which attempt a revision of the last ones was written by; undefined where it may have been removed. */
  readonly idOf: (revision: bigint) => string | undefined;
  /** The revision of the newest snapshot; 0 without. */
  readonly newestSnapshot: () => bigint;
}

/** As many files are read at the same time while more and more are found. */
const AT_ONCE = 32;
/** Others may make snapshots faster than a slow machine reads them; not for ever. */
const READS = 20;

export function keepUp(directory: Directory): Keeper {
  const { disk, layout } = directory;
  let keys: Revisions | undefined;
  let ids = new Map<bigint, string>();
  let newest = 0n;
  let settled = -1n;
  /** Whether the names in the log were looked at: whoever begins behind a file that is missing would give its revision a second time. */
  let hasSeenNames = false;

  async function begin(revision: bigint): Promise<void> {
    const path = join(layout.snapshots, revisionName(revision));
    const bytes = revision === 0n ? null : await disk.read(path, SNAPSHOT_FILE_LIMIT);
    // It has become old since it was seen, and was removed: the next look sees newer ones.
    if (bytes === undefined) return;
    keys = keepRevisions({ revision, entries: bytes === null ? [] : decodeSnapshot(bytes, path) });
    ids = new Map();
  }

  function take(known: Revisions, found: readonly WrittenTransaction[]): void {
    for (const { id, operations } of found) {
      const revision = known.revision() + 1n;
      known.apply(revision, operations);
      ids.set(revision, id);
    }
  }

  function forgetBefore(known: Revisions, horizon: bigint): void {
    known.forgetBefore(horizon);
    for (const revision of ids.keys()) {
      if (revision > horizon) return;
      ids.delete(revision);
    }
  }

  async function catchUp(): Promise<void> {
    let expected = 0n;
    for (let reads = 0; reads < READS; reads += 1) {
      const known = keys;
      const found = known === undefined ? [] : await readLog(directory, known.revision() + 1n);
      // Three names at most: read at once, under the lock of the directory, so that never one that has come and one that has gone are missing both.
      const snapshots = revisionsIn(await disk.names(layout.snapshots));
      newest = snapshots.at(-1) ?? 0n;
      const horizon = snapshots.at(-2) ?? 0n;
      if (known === undefined || horizon > known.revision()) {
        await begin(horizon);
        continue;
      }
      if (found.length === 0 && expected > known.revision())
        throw damaged(join(layout.log, revisionName(known.revision() + 1n)), 'it is missing, and later ones were there');
      take(known, found);
      forgetBefore(known, horizon);
      if (!hasSeenNames) expected = revisionsIn(await disk.names(layout.log)).at(-1) ?? 0n;
      if (newest > expected) expected = newest;
      if (expected <= known.revision()) {
        hasSeenNames = true;
        return;
      }
      // There is more: either it came to be while the log was read, or the log lacks a file.
    }
    throw damaged(layout.snapshots, 'what it says is there cannot be read');
  }

  const current = (): Revisions => {
    if (keys === undefined) throw new Error('nothing was read yet');
    return keys;
  };

  return {
    keys: current,
    catchUp,
    settle: async () => {
      const revision = current().revision();
      if (revision <= settled) return;
      await disk.sync(layout.log);
      settled = revision;
    },
    idOf: (revision) => ids.get(revision),
    newestSnapshot: () => newest,
  };
}

/** All that follows in the log without a gap. */
async function readLog({ disk, layout: { log } }: Directory, from: bigint): Promise<WrittenTransaction[]> {
  const found: WrittenTransaction[] = [];
  for (let count = 1; ; count = Math.min(count * 2, AT_ONCE)) {
    const begin = from + BigInt(found.length);
    const paths = Array.from({ length: count }, (_, i) => join(log, revisionName(begin + BigInt(i))));
    const files = await Promise.all(paths.map(async (path) => disk.read(path, TRANSACTION_FILE_LIMIT)));
    for (const [i, bytes] of files.entries()) {
      if (bytes === undefined) return found;
      found.push(decodeTransaction(bytes, paths[i] ?? log));
    }
  }
}
