/** The ids of IBM Z that a claim would keep for each of its functions. */
import { type Candidate, functionsOf } from './model/candidate.ts';
import type { Random } from './model/choose.ts';
import { formatIds, freeIds, hasIds, ownIds, withIds } from './model/free-ids.ts';
import type { ReservedIds } from './model/records.ts';
import { readGuestIds, readReservedIds } from './taken-ids.ts';
import type { ZpciIdSets } from '../pci/zpci.ts';
import type { FleetStore } from './store/store.ts';

/** By the keys of those functions that have ids; none of all others. @throws {HostdevError} `zpci-exhausted`. */
export type IdsForClaim = (chosen: readonly Candidate[], random?: Random) => Promise<ReadonlyMap<string, ReservedIds>>;

/** What is kept is looked at each time, what guests have once: the store refuses what is kept already, and nothing else. */
export function claimedIds(store: FleetStore, signal?: AbortSignal): IdsForClaim {
  let ofGuests: ZpciIdSets | undefined;
  return async (chosen, random) => {
    const ids = new Map<string, ReservedIds>();
    const functions = chosen.flatMap(functionsOf).filter(hasIds);
    if (functions.length === 0) return ids;
    ofGuests ??= await readGuestIds(store, { signal });
    let reserved = await readReservedIds(store, { signal });
    for (const published of functions) {
      const free = freeIds(ownIds(published), [reserved, ofGuests], random);
      reserved = withIds(reserved, free);
      ids.set(published.key, formatIds(free));
    }
    return ids;
  };
}
