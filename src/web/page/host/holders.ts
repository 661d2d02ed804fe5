/** Which guests hold which functions, as the state of guests says it. */
import type { WholeState } from '../../../server/api/state.ts';
import type { Holders, Holding } from './filter.ts';

export function holdersOf(guests: WholeState['guests']): Holders {
  const found = new Map<string, Holding[]>();
  for (const { guest, functions } of guests) {
    for (const { hostAddress, guestAddress, uid, fid, live, config } of functions) {
      found.set(hostAddress, [...(found.get(hostAddress) ?? []), { guest, guestAddress, uid, fid, live, config }]);
    }
  }
  return found;
}
