/** `--host`: another machine, by a file that was made there or over ssh. */
import type { HostPort } from '../host/port.ts';
import { snapshotPort } from '../host/snapshot-port.ts';
import { type AskOptions, askHost } from '../host/ssh/ask-host.ts';
import { isSshHost, parseSshHost, type SshDestination } from '../host/ssh/ssh-host.ts';
import { parseTranscript } from '../host/ssh/transcript.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { openSnapshot, readSnapshotFile } from './snapshot-file.ts';

/**
 * The machine that the word names: `ssh://[USER@]HOST[:PORT]`, or a file that `hostdev snapshot` printed there.
 *
 * @throws {HostdevError} `host-malformed`, `host-unreachable`, `no-pci`, `file-not-found`, `snapshot-malformed`.
 */
export async function openAnotherHost(word: string, options: AskOptions = {}): Promise<HostPort> {
  return isSshHost(word) ? openOverSsh(parseSshHost(word), options) : openSnapshot(word);
}

/** The machine as it is now; later looks see the same. */
export async function openOverSsh(destination: SshDestination, options: AskOptions = {}): Promise<HostPort> {
  return snapshotPort(await readOverSsh(destination, options));
}

/** The same as data: what was seen there, by whom and when. */
export async function readAnotherHost(word: string): Promise<Snapshot> {
  return isSshHost(word) ? readOverSsh(parseSshHost(word), {}) : readSnapshotFile(word);
}

async function readOverSsh(destination: SshDestination, options: AskOptions): Promise<Snapshot> {
  return parseTranscript(await askHost(destination, options), destination.text, new Date().toISOString());
}
