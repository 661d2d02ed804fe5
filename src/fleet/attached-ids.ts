/** Which uid and fid functions of IBM Z get that are attached on a host of a fleet: what their claims keep, else what the claim on the way will keep. */
import type { AppContext } from '../app/context.ts';
import { lookAgain, viewHost } from '../app/host-view.ts';
import type { IdsWish } from '../execute/claim-guard.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { ZpciIds } from '../pci/zpci.ts';
import { readMachineSerial } from './machine-identity.ts';
import { freeIds, parseIds, type TakenIds, withIds } from './model/free-ids.ts';
import { functionKeys } from './model/function-keys.ts';
import { claimKey } from './model/keys.ts';
import type { KeptClaim } from './model/view.ts';
import { readClaimsAt } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';
import { readGuestIds, readReservedIds } from './taken-ids.ts';

/** What was told last of a function for a guest, by `toldOf`: what was shown is what is claimed, or nothing. */
export type ToldIds = Map<string, Required<ZpciIds>>;

export function toldOf({ uuid }: IdsWish['guest'], address: string): string {
  return `${uuid} ${address}`;
}

interface IdsOnHost {
  readonly context: Pick<AppContext, 'port'>;
  readonly host: string;
  readonly toldIds: ToldIds;
}

/**
 * A half that another device of the guest has already gives way to a free one. What somebody else has claimed, and what was claimed by a hostdev that keeps no
 * ids, has none here.
 *
 * @throws {HostdevError} `zpci-exhausted`, and what keeps host or store from being read.
 */
export async function attachedIds(
  store: FleetStore,
  { context, host, toldIds }: IdsOnHost,
  { guest, addresses, inGuest }: IdsWish,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Required<ZpciIds>>> {
  const view = lookAgain(context);
  const { state } = await viewHost(view);
  const keys = functionKeys(state.functions, { host, serial: await readMachineSerial(view.port) });
  const asked = state.functions.filter(({ address, zpci }) => zpci?.fid !== undefined && addresses.includes(formatPciAddress(address)));
  const claims = new Map<string | undefined, KeptClaim>();
  for (const claim of await readClaimsAt(
    store,
    asked.flatMap(({ address }) => claimKey(keys.get(formatPciAddress(address)) ?? '')),
    signal,
  )) {
    claims.set(claim.record.function, claim);
  }
  const ids = new Map<string, Required<ZpciIds>>();
  const ofGuests = await readGuestIds(store, { signal });
  let reserved = await readReservedIds(store, { signal });
  let taken = inGuest;
  for (const { address, zpci } of asked) {
    const name = formatPciAddress(address);
    toldIds.delete(toldOf(guest, name));
    const claim = claims.get(keys.get(name))?.record;
    if (claim !== undefined && (claim.zpci === undefined || (claim.guest !== guest.name && claim.guest !== guest.uuid))) continue;
    const kept = claim?.zpci === undefined ? undefined : parseIds(claim.zpci);
    const liked = kept ?? { ...(zpci?.uid === undefined || zpci.uid === 0 ? {} : { uid: zpci.uid }), ...(zpci?.fid === undefined ? {} : { fid: zpci.fid }) };
    const free = freeIds(liked, [reserved, ofGuests, taken, told(toldIds)]);
    // What its own claim keeps is taken by nobody else.
    const own = kept === undefined ? free : { uid: taken.uid.has(kept.uid) ? free.uid : kept.uid, fid: taken.fid.has(kept.fid) ? free.fid : kept.fid };
    ids.set(name, own);
    taken = withIds(taken, own);
    reserved = withIds(reserved, own);
    if (kept === undefined) toldIds.set(toldOf(guest, name), own);
  }
  return ids;
}

/** Of one wish all functions are planned before the first of them is claimed. */
function told(toldIds: ToldIds): TakenIds {
  const all = [...toldIds.values()];
  return { uid: new Set(all.map(({ uid }) => uid)), fid: new Set(all.map(({ fid }) => fid)) };
}
