/** Requests: what is asked for is written down before anything is claimed, and whoever gives up takes it away first, so that a late claim fails. */
import { HostdevError } from '../errors.ts';
import type { FleetAccess } from './fleet-access.ts';
import { requestKey } from './model/keys.ts';
import { formatRecord, type Kept } from './model/record.ts';
import type { ClaimRequest } from './model/records.ts';
import { commitDeletion } from './store/commit-deletion.ts';
import { makeClear } from './store/make-clear.ts';
import type { FleetStore, Transaction } from './store/store.ts';

/** @throws {HostdevError} `fleet-unclear` */
export async function openRequest(
  { store, by, now, uuid }: FleetAccess,
  { what, guest }: Pick<ClaimRequest, 'what' | 'guest'>,
  signal?: AbortSignal,
): Promise<Kept<ClaimRequest>> {
  const request = uuid();
  const record: ClaimRequest = { version: 1, request, what, guest, by, at: now().toISOString() };
  const key = requestKey(request);
  const answer = await makeClear(
    store,
    { compares: [{ kind: 'absent', key }], operations: [{ kind: 'put', key, value: formatRecord<ClaimRequest>(record) }] },
    { key },
    signal,
  );
  if (answer.outcome === 'done') return { record, key, created: answer.revision, modified: answer.revision };
  if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  throw new HostdevError('claim-changed', `somebody has written ${key} at the same time`, { subject: request, hint: 'run it again' });
}

/**
 * Takes a request away, or finds it gone. Behind that nothing can be claimed by it any more, but it may have become claims before: also while nobody
 * answered, and then the request is gone without our doing. Whoever gives up looks at the claims only now.
 *
 * @throws {HostdevError} `fleet-unclear`: what it asked for may still be claimed.
 */
export async function giveUp(store: FleetStore, { key, created, record }: Kept<ClaimRequest>): Promise<void> {
  // Whoever interrupts a claim wants just this done: no signal ends it, and tries are bounded.
  const deletion: Transaction = { compares: [{ kind: 'created', key, revision: created }], operations: [{ kind: 'delete', key }] };
  // A store that cannot even be asked now leaves open what was asked of it before.
  const problem = await commitDeletion(store, deletion).then(
    (answer) => (answer.outcome === 'unclear' ? answer.problem : undefined),
    (error: unknown) => {
      if (!(error instanceof HostdevError)) throw error;
      return error.toProblem();
    },
  );
  if (problem === undefined) return;
  throw new HostdevError('fleet-unclear', `${problem.message}; whether ${record.what} is claimed for guest ${record.guest} is not known`, {
    subject: record.request,
    hint: `when the store answers: hostdev fleet release ${record.request}`,
  });
}
