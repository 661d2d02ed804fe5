/** Deletions leave nothing that proves whose they were; but it does not matter whose: what was to go is gone, or it is there. */
import { type Clear, commitAgain, unclearProblem } from './make-clear.ts';
import type { Commit, FleetStore, Transaction } from './store.ts';

const TRIES = 5;

/**
 * Commits a transaction of deletions until the answer is clear. Each key that goes has to be compared by `created`: an entry that came to be later is
 * another one, and a deletion that arrives late takes nothing of it.
 */
export async function commitDeletion(store: Pick<FleetStore, 'commit'>, transaction: Transaction, signal?: AbortSignal): Promise<Clear> {
  let why: string | undefined;
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (tried > 0 && signal?.aborted === true) break;
    const answer: Commit = await (tried === 0 ? store.commit(transaction, signal) : commitAgain(store, transaction, signal));
    if (answer.outcome === 'done') return answer;
    if (answer.outcome === 'refused') {
      // What only compares has nothing that could be gone.
      const isGone = why !== undefined && transaction.operations.length > 0 && !anyLeft(transaction, answer.current);
      return isGone ? { outcome: 'done', revision: answer.revision } : { ...answer, mayComeLate: why !== undefined };
    }
    why = answer.why;
  }
  return { outcome: 'unclear', problem: unclearProblem(why ?? 'it was interrupted') };
}

function anyLeft({ compares }: Transaction, current: Extract<Commit, { outcome: 'refused' }>['current']): boolean {
  const created = new Map(current.map((entry) => [entry.key, entry.created]));
  return compares.some((compare) => compare.kind === 'created' && created.get(compare.key) === compare.revision);
}
