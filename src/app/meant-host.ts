/** `--host`: which host a definition is meant for. */
import { type HostFacts, NO_HOST } from '../addressing/host-facts.ts';
import { snapshotPort } from '../host/snapshot-port.ts';
import { isSshHost } from '../host/ssh/ssh-host.ts';
import type { PciAddress } from '../pci/address.ts';
import { parseSnapshot } from '../state/snapshot.ts';
import type { VersionSource } from './capabilities.ts';
import { listedHostFacts } from '../plan/host-facts.ts';
import { isFunctionList, parseFunctionList } from '../state/function-list.ts';
import { openAnotherHost } from './another-host.ts';
import { readHostFacts } from './host-facts.ts';
import { readSnapshotText } from './snapshot-file.ts';

/** What is known of that host. */
export interface MeantHost {
  /** About the functions that a definition names. */
  readonly facts: HostFacts;
  /** Where its libvirt and its QEMUs can be looked for; undefined where there is no host, or only a list of its functions. */
  readonly machine: VersionSource | undefined;
}

/**
 * The host that the word names: `none`, `ssh://HOST`, or a file that `hostdev snapshot` or `hostdev list --json` printed there.
 *
 * @throws {HostdevError} `host-malformed`, `snapshot-malformed`, `file-not-found`.
 */
export async function namedHost(word: string, addresses: readonly PciAddress[]): Promise<MeantHost> {
  if (word === 'none') return { facts: NO_HOST, machine: undefined };
  if (isSshHost(word)) return hostAt({ port: await openAnotherHost(word) }, addresses);
  const text = await readSnapshotText(word);
  if (isFunctionList(text)) return { facts: listedHostFacts(parseFunctionList(text, word), addresses), machine: undefined };
  return hostAt({ port: snapshotPort(parseSnapshot(text, word)) }, addresses);
}

/** A machine that can be looked at. */
export async function hostAt(machine: VersionSource, addresses: readonly PciAddress[]): Promise<MeantHost> {
  return { facts: await readHostFacts(machine.port, addresses), machine };
}
