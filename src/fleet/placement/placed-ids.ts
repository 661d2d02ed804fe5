/** Which uid and fid functions of IBM Z would have in a guest: those that its claims keep, else the next that nobody in the fleet has. */
import type { Domain } from '../../domain/domain.ts';
import { zpciIdsOf } from '../../domain/zpci-ids.ts';
import type { ZpciIdSets } from '../../pci/zpci.ts';
import { formatIds, hasIds, idsInGuest, ownIds, parseIds, withIds } from '../model/free-ids.ts';
import type { GuestClaims } from './own-claims.ts';
import { lacksIds, type PlacedFunction } from './placed-definition.ts';

interface AskedIds {
  readonly domain: Domain;
  readonly claims: Pick<GuestClaims, 'idsOf'>;
  /** Keys of what the guest has claimed there. */
  readonly own: ReadonlySet<string>;
  /** By claims and by guests; undefined where nobody has looked. */
  readonly taken: ZpciIdSets | undefined;
}

/**
 * What the definition has itself stays, and no other device of the guest gets it.
 *
 * @throws {HostdevError} where what its host has published of a function can be no id; `zpci-exhausted`.
 */
export function withPlacedIds(functions: readonly PlacedFunction[], { domain, claims, own, taken }: AskedIds): PlacedFunction[] {
  let inGuest: ZpciIdSets = zpciIdsOf(domain);
  return functions.map((each) => {
    if (!hasIds(each.published) || !lacksIds(each.wanted)) return each;
    const { key } = each.published;
    const claimed = own.has(key) ? claims.idsOf(key) : undefined;
    const kept = claimed === undefined ? undefined : parseIds(claimed);
    const ids = idsInGuest({ kept, own: ownIds(each.published) }, inGuest, taken === undefined ? [] : [taken]);
    inGuest = withIds(inGuest, ids);
    return { ...each, ids: { ...formatIds(ids), reserved: ids.uid === kept?.uid && ids.fid === kept.fid } };
  });
}
