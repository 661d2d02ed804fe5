/** A snapshot's file as a machine. */
import { HostdevError } from '../errors.ts';
import { explainUnread } from '../files/explain.ts';
import { readBounded } from '../files/read-bounded.ts';
import type { HostPort } from '../host/port.ts';
import { snapshotPort } from '../host/snapshot-port.ts';
import { parseSnapshot, type Snapshot } from '../state/snapshot.ts';

/** Largest snapshot that is read: 10,000 functions have about 100 MB. */
const LIMIT = 256 * 1024 * 1024;

/**
 * The machine of a snapshot.
 *
 * @throws {HostdevError} `file-not-found`, `file-unreadable`, `snapshot-malformed`.
 */
export async function openSnapshot(file: string): Promise<HostPort> {
  return snapshotPort(await readSnapshotFile(file));
}

/** @throws {HostdevError} as {@link openSnapshot} does. */
export async function readSnapshotFile(file: string): Promise<Snapshot> {
  return parseSnapshot(await readSnapshotText(file), file);
}

export async function readSnapshotText(file: string): Promise<string> {
  try {
    const bytes = await readBounded(file, LIMIT);
    if (bytes !== undefined) return bytes.toString('utf8');
  } catch (error) {
    throw explainUnread(error, { name: file, hint: 'make it on the other host: hostdev snapshot > host.json' });
  }
  throw new HostdevError('snapshot-malformed', `${file} is too large to be a snapshot`, { subject: file, hint: 'look at what it is' });
}
