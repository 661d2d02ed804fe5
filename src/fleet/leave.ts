/** Taking a host's record out of its fleet: only while nothing is claimed of it. */
import { HostdevError } from '../errors.ts';
import { claimPrefixes, claimsOfHost } from './claims-of-host.ts';
import type { HostIdentity } from './model/function-keys.ts';
import { aliveKey, guestsKey, inventoryKey } from './model/keys.ts';
import { readPublished, refuseAnotherMachine } from './publish.ts';
import { commitDeletion } from './store/commit-deletion.ts';
import type { FleetStore } from './store/store.ts';

/** Some claims are named; how many others there are is said. */
const NAMED = 5;

/**
 * Refuses what keeps a host in its fleet.
 *
 * @throws {HostdevError} `fleet-claimed`.
 */
export async function requireUnclaimed(store: FleetStore, identity: HostIdentity, signal?: AbortSignal): Promise<void> {
  const claims = await claimsOfHost(store, identity, signal);
  if (claims.length === 0) return;
  const named = claims.slice(0, NAMED).map(({ record }) => `${record.function} for ${record.guest} (${record.state})`);
  const others = claims.length > NAMED ? `, and ${claims.length - NAMED} others` : '';
  throw new HostdevError('fleet-claimed', `functions of ${identity.host} are claimed: ${named.join(', ')}${others}`, {
    subject: identity.host,
    hint: "detach what guests have, then 'hostdev fleet release' each claim",
  });
}

/**
 * Takes what a host has told out of its fleet; false where nothing of it was there.
 *
 * @throws {HostdevError} `fleet-claimed`, `fleet-name-taken`, `fleet-changed`, `fleet-unclear`.
 */
export async function leaveFleet(store: FleetStore, identity: HostIdentity, uuid: string, signal?: AbortSignal): Promise<boolean> {
  await requireUnclaimed(store, identity, signal);
  const before = await readPublished(store, identity.host, signal);
  if (before === undefined) return false;
  refuseAnotherMachine(before.record, uuid);
  const key = inventoryKey(identity.host);
  // A claim compares the record that it was made by: once that is gone, none comes after.
  const [own = ''] = claimPrefixes(identity);
  const answer = await commitDeletion(
    store,
    {
      compares: [
        // One that was lost, and arrives when the host has joined again, takes nothing of it.
        { kind: 'created', key, revision: before.created },
        { kind: 'modified', key, revision: before.modified },
        { kind: 'none under', prefix: own },
      ],
      operations: [key, guestsKey(identity.host), aliveKey(identity.host)].map((each) => ({ kind: 'delete', key: each })),
    },
    signal,
  );
  if (answer.outcome === 'done') return true;
  if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  throw new HostdevError('fleet-changed', `${identity.host} was claimed, or published, at the same time`, {
    subject: identity.host,
    hint: "stop its agent ('systemctl stop hostdev-agent'), and run it again",
  });
}
