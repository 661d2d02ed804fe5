/** Giving an id of IBM Z back that was kept for a claim which is gone: a hostdev that knows nothing of kept ids takes claims away without them. */
import { HostdevError } from '../errors.ts';
import { claimKey } from './model/keys.ts';
import { readEntry } from './model/record.ts';
import { RESERVATION } from './model/record-kinds.ts';
import { claimOfReservation, idWords } from './model/reservation-check.ts';
import { holderWords } from './model/view.ts';
import { readClaimsAt } from './read-fleet.ts';
import { commitDeletion } from './store/commit-deletion.ts';
import type { FleetStore } from './store/store.ts';

/**
 * The id is free only while its claim is not there: with it goes the claim's own, and with the claim comes a new one.
 *
 * @throws {HostdevError} `claim-absent`, `claim-state` while the claim is there, `claim-changed`, `fleet-unclear`.
 */
export async function releaseOrphan(store: FleetStore, key: string, dryRun: boolean, signal?: AbortSignal): Promise<void> {
  const { entries } = await store.get([key], signal);
  const words = idWords(key);
  const [found] = entries.map((entry) => readEntry(entry, RESERVATION));
  if (found === undefined)
    throw new HostdevError('claim-absent', `nobody keeps ${words}`, { subject: words, hint: "'hostdev fleet claims' shows what is kept" });
  const { function: of } = found.record;
  const [claim] = await readClaimsAt(store, [claimKey(of)], signal);
  const own = claimOfReservation(found, claim);
  if (own !== undefined) {
    const hint = `it is free when the claim is: hostdev fleet release ${of}`;
    throw new HostdevError('claim-state', `${words} is kept for ${holderWords(own.record)}`, { subject: words, hint });
  }
  if (dryRun) return;
  const answer = await commitDeletion(store, { compares: [{ kind: 'created', key, revision: found.created }], operations: [{ kind: 'delete', key }] }, signal);
  if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  if (answer.outcome === 'done') return;
  throw new HostdevError('claim-changed', `${words} was given at the same time`, {
    subject: words,
    hint: 'nothing was given back: run it again when it is still wanted',
  });
}
