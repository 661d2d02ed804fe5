/** Which guests hold which functions, as the state of guests says it. */
import type { WholeState } from '../../../server/api/state.ts';

/** Guests that hold functions, by address; as the state says it. */
export type Holders = ReadonlyMap<string, readonly Holding[]>;

export interface Holding {
  readonly guest: string;
  readonly guestAddress: string | null;
  readonly uid: string | null;
  readonly fid: string | null;
  readonly live: boolean;
  readonly config: boolean;
}

export function holdersOf(guests: WholeState['guests']): Holders {
  const found = new Map<string, Holding[]>();
  for (const { guest, functions } of guests) {
    for (const { hostAddress, guestAddress, uid, fid, live, config } of functions) {
      found.set(hostAddress, [...(found.get(hostAddress) ?? []), { guest, guestAddress, uid, fid, live, config }]);
    }
  }
  return found;
}
