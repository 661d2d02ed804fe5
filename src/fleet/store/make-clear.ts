/**
 * Making an unclear answer clear: the very same transaction again. Of a transaction that writes a key which only its request writes, and compares
 * that key, one happens at most, however often it is sent; and whoever finds the key knows that it has happened.
 */
import { HostdevError, type Problem } from '../../errors.ts';
import type { Commit, Entry, FleetStore, Transaction } from './store.ts';

/** How a transaction is known by its request, and how long it is tried. */
export interface Proof {
  /** A key that the transaction writes and compares. */
  readonly key: string;
  /** Whether what the key has came from this request: its uuid is in it. Without, the bytes tell, which nobody may have changed since then. */
  readonly isOurs?: (entry: Entry) => boolean;
  /** Times it is sent at most; {@link TRIES} without. */
  readonly tries?: number;
  /** What is waited for before it is sent again; the number of tries so far is given. */
  readonly pause?: (tries: number) => Promise<void>;
}

export type Clear =
  | { readonly outcome: 'done'; readonly revision: bigint }
  | {
      readonly outcome: 'refused';
      readonly revision: bigint;
      readonly current: readonly Entry[];
      /** An earlier try was never answered, and may still arrive: who gives up takes away first what the transaction compares (its request). */
      readonly mayComeLate: boolean;
    }
  | { readonly outcome: 'unclear'; readonly problem: Problem };

const TRIES = 5;

/**
 * Commits a transaction until the answer is clear, a bounded number of times.
 *
 * @throws HostdevError `fleet-request-invalid` for a transaction that could happen twice: it has to write its proof, and to compare that key by
 * `absent` or `modified`, which do not hold any more once it has happened
 */
export async function makeClear(store: Pick<FleetStore, 'commit'>, transaction: Transaction, proof: Proof, signal?: AbortSignal): Promise<Clear> {
  const { isOurs = sameBytes(transaction, proof.key), tries = TRIES, pause } = proof;
  ensureProven(transaction, proof.key);
  let why = '';
  for (let tried = 0; tried < tries; tried += 1) {
    if (tried > 0) await pause?.(tried);
    if (tried > 0 && signal?.aborted === true) break;
    const answer = await (tried === 0 ? store.commit(transaction, signal) : commitAgain(store, transaction, signal));
    if (answer.outcome === 'done') return answer;
    if (answer.outcome === 'refused') {
      const found = answer.current.find(({ key }) => key === proof.key);
      // Before the first answer was unclear nothing of ours can be there; a request that was begun earlier, by a process that died, can.
      if (found !== undefined && isOurs(found)) return { outcome: 'done', revision: revisionOf(transaction, found) };
      return { ...answer, mayComeLate: tried > 0 };
    }
    why = answer.why;
  }
  return { outcome: 'unclear', problem: unclearProblem(why) };
}

/** That it cannot even be sent now says nothing of what was sent before. */
export async function commitAgain(store: Pick<FleetStore, 'commit'>, transaction: Transaction, signal?: AbortSignal): Promise<Commit> {
  try {
    return await store.commit(transaction, signal);
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return { outcome: 'unclear', why: error.message };
  }
}

/** Of a key that was absent the revision at which it came to be stays, whatever was written to it since. */
function revisionOf({ compares }: Transaction, { key, created, modified }: Entry): bigint {
  return compares.some((each) => each.kind === 'absent' && each.key === key) ? created : modified;
}

function ensureProven({ compares, operations }: Transaction, key: string): void {
  const compared = compares.some((each) => (each.kind === 'absent' || each.kind === 'modified') && each.key === key);
  const written = operations.some((each) => each.kind === 'put' && each.key === key);
  if (compared && written) return;
  throw new HostdevError('fleet-request-invalid', `a transaction that is to be proven by ${key} does not ${written ? 'compare' : 'write'} it`, {
    hint: 'sent again, it could happen twice',
  });
}

function sameBytes({ operations }: Transaction, key: string): (entry: Entry) => boolean {
  const put = operations.find((each) => each.key === key);
  return ({ value }) => put?.kind === 'put' && put.value.length === value.length && put.value.every((byte, at) => byte === value[at]);
}

export function unclearProblem(why: string): Problem {
  return {
    code: 'fleet-unclear',
    severity: 'error',
    message: `the fleet's store has not said whether it did what was asked: ${why}`,
    hint: 'nothing is given twice by asking again: repeat the command when the store answers',
  };
}
