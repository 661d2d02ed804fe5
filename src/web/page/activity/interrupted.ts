/** Changes that were begun and not ended, and that nobody is about any more. */
import type { WholeState } from '../../../server/api/state.ts';

export function interruptedChanges({ inForce }: Pick<WholeState, 'inForce'>): WholeState['inForce'] {
  return inForce.filter(({ state }) => state === 'interrupted');
}
