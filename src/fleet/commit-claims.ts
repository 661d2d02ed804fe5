/** Transactions of claims, made clear: one that writes proves itself, one that only deletes is as good when it happened before. */
import { HostdevError } from '../errors.ts';
import { type Clear, makeClear } from './store/make-clear.ts';
import type { Commit, FleetStore, Transaction } from './store/store.ts';

/** Of what nobody answers for. */
const TRIES = 5;

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
  const answer = proof === undefined ? await commitAgain(store, transaction, signal) : await makeClear(store, transaction, { key: proof.key }, signal);
  if (answer.outcome === 'done') return answer.revision;
  if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  throw new HostdevError('fleet-changed', 'somebody else has changed the claims meanwhile; nothing was done', { hint: 'run it again: it looks anew' });
}

/** Nothing is written: whether all of it is gone is seen. */
async function commitAgain(store: FleetStore, transaction: Transaction, signal?: AbortSignal): Promise<Clear> {
  let answer: Commit = { outcome: 'unclear', why: 'nobody was asked' };
  for (let tries = 0; tries < TRIES; tries += 1) {
    answer = await store.commit(transaction, signal);
    if (answer.outcome === 'done') return answer;
    const { current } = answer.outcome === 'refused' ? answer : { current: undefined };
    if (answer.outcome === 'refused') {
      const isGone = tries > 0 && transaction.operations.length > 0 && transaction.operations.every(({ key }) => !current?.some((each) => each.key === key));
      return isGone ? { outcome: 'done', revision: answer.revision } : { ...answer, mayComeLate: tries > 0 };
    }
  }
  const why = answer.outcome === 'unclear' ? answer.why : '';
  const message = `the fleet's store has not said whether it did what was asked: ${why}`;
  return { outcome: 'unclear', problem: { code: 'fleet-unclear', severity: 'error', message, hint: 'repeat it when the store answers' } };
}
