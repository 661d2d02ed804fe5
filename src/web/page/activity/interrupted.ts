/** Changes that were begun and not ended. */
import type { WholeState } from '../../../server/api/state.ts';

/** Those that nobody is about any more: what an operation of this server has begun is not interrupted while it runs. */
export function interruptedChanges({ inForce, operations }: Pick<WholeState, 'inForce' | 'operations'>): WholeState['inForce'] {
  const running = new Set(operations.filter(({ ended }) => ended === null).flatMap(({ changes }) => changes.map(({ subject }) => subject)));
  return inForce.filter(({ state, subject }) => state === 'interrupted' && !running.has(subject));
}
