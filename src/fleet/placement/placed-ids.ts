/** Which uid and fid functions of IBM Z would have in a guest: those that its claims keep, else the next that nobody in the fleet has. */
import type { Domain } from '../../domain/domain.ts';
import { zpciIdsOf } from '../../domain/zpci-ids.ts';
import { formatIds, freeIds, hasIds, ownIds, parseIds, type TakenIds, withIds } from '../model/free-ids.ts';
import type { GuestClaims } from './own-claims.ts';
import { lacksIds, type PlacedFunction } from './placed-definition.ts';

interface AskedIds {
  readonly domain: Domain;
  readonly claims: Pick<GuestClaims, 'idsOf'>;
  /** Keys of what the guest has claimed there. */
  readonly own: ReadonlySet<string>;
  /** By claims and by guests; undefined where nobody has looked. */
  readonly taken: TakenIds | undefined;
}

/**
 * What the definition has itself stays, and no other device of the guest gets it.
 *
 * @throws {HostdevError} where what its host has published of a function can be no id; `zpci-exhausted`.
 */
export function withPlacedIds(functions: readonly PlacedFunction[], { domain, claims, own, taken }: AskedIds): PlacedFunction[] {
  let inGuest: TakenIds = zpciIdsOf(domain);
  return functions.map((each) => {
    if (!hasIds(each.published) || !lacksIds(each.wanted)) return each;
    const { key } = each.published;
    const kept = own.has(key) ? claims.idsOf(key) : undefined;
    // What a claim keeps is taken in the fleet, by this guest.
    const of = kept === undefined ? undefined : freeIds(parseIds(kept), [inGuest]);
    const isKept = kept !== undefined && of !== undefined && formatIds(of).uid === kept.uid && formatIds(of).fid === kept.fid;
    const ids = isKept ? of : freeIds(ownIds(each.published), taken === undefined ? [inGuest] : [inGuest, taken]);
    inGuest = withIds(inGuest, ids);
    return { ...each, ids: { ...formatIds(ids), reserved: isKept } };
  });
}
