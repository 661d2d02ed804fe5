/** Transactions of claims, made clear: one that writes proves itself, one that only deletes is as good when it happened before. */
import { HostdevError } from '../errors.ts';
import { commitDeletion } from './store/commit-deletion.ts';
import { makeClear } from './store/make-clear.ts';
import type { FleetStore, Transaction } from './store/store.ts';

/**
 * The revision at which it happened; undefined where there is nothing to do.
 *
 * @throws {HostdevError} `fleet-changed` where somebody else was there first, `fleet-unclear`.
 */
export async function commitClaims(store: FleetStore, transaction: Transaction, signal?: AbortSignal): Promise<bigint | undefined> {
  const { compares, operations } = transaction;
  if (operations.length + compares.length === 0) return undefined;
  const proof = operations.find(
    ({ kind, key }) => kind === 'put' && compares.some((each) => (each.kind === 'absent' || each.kind === 'modified') && each.key === key),
  );
  const answer = proof === undefined ? await commitDeletion(store, transaction, signal) : await makeClear(store, transaction, { key: proof.key }, signal);
  if (answer.outcome === 'done') return answer.revision;
  if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  throw new HostdevError('fleet-changed', 'somebody else has changed the claims meanwhile; nothing was done', { hint: 'run it again: it looks anew' });
}
