/** Which uid and fid functions of IBM Z get that are attached on a host of a fleet: what their claims keep, else what the claim on the way will keep. */
import type { AppContext } from '../app/context.ts';
import { lookAgain, viewHost } from '../app/host-view.ts';
import { readDomain } from '../domain/domain.ts';
import { zpciIdsOf } from '../domain/zpci-ids.ts';
import type { IdsWish } from '../execute/claim-guard.ts';
import { formatPciAddress } from '../pci/address.ts';
import { definedUid, type ZpciIds, type ZpciIdSets } from '../pci/zpci.ts';
import { enclose } from '../xml/write.ts';
import { readMachineSerial } from './machine-identity.ts';
import type { ChangedFunction } from './model/changed-functions.ts';
import { formatIds, idsInGuest, parseIds, withIds } from './model/free-ids.ts';
import { functionKeys } from './model/function-keys.ts';
import { isForGuest } from './model/guest-of-claim.ts';
import { claimKey } from './model/keys.ts';
import type { ReservedIds } from './model/records.ts';
import type { KeptClaim } from './model/view.ts';
import { readClaimsAt } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';
import { readGuestIds, readReservedIds } from './taken-ids.ts';

/** What was told last of a function for a guest: what was shown is what is claimed, or nothing. */
export type ToldIds = Map<string, Required<ZpciIds>>;

function toldOf({ uuid }: IdsWish['guest'], address: string): string {
  return `${uuid} ${address}`;
}

/** What was told of it, where it is what the guest gets: somebody may have written other ids since. */
export function toldFor(toldIds: ToldIds, { guest, address, xml = '' }: Pick<ChangedFunction, 'guest' | 'address' | 'xml'>): ReservedIds | undefined {
  const had = toldIds.get(toldOf(guest, address));
  if (had === undefined) return undefined;
  const gets = zpciIdsOf(readDomain(enclose(['domain', 'devices'], xml)));
  return gets.uid.has(had.uid) && gets.fid.has(had.fid) ? formatIds(had) : undefined;
}

interface IdsOnHost {
  readonly context: Pick<AppContext, 'port'>;
  readonly host: string;
  readonly toldIds: ToldIds;
}

/**
 * What was claimed for the guest by a hostdev that keeps no ids has none here.
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
  const reserved = await readReservedIds(store, { signal });
  let taken = inGuest;
  for (const { address, zpci } of asked) {
    const name = formatPciAddress(address);
    toldIds.delete(toldOf(guest, name));
    const found = claims.get(keys.get(name))?.record;
    // Another guest's makes way for this one where one wish takes the function from it; until then its ids are its own.
    const claim = found !== undefined && isForGuest(found, guest) ? found : undefined;
    if (claim !== undefined && claim.zpci === undefined) continue;
    const kept = claim?.zpci === undefined ? undefined : parseIds(claim.zpci);
    const uid = definedUid(zpci?.uid);
    const own = { ...(uid === undefined ? {} : { uid }), ...(zpci?.fid === undefined ? {} : { fid: zpci.fid }) };
    const had = idsInGuest({ kept, own }, taken, [reserved, ofGuests, told(toldIds)]);
    ids.set(name, had);
    taken = withIds(taken, had);
    if (kept === undefined) toldIds.set(toldOf(guest, name), had);
  }
  return ids;
}

/** Of one wish all functions are planned before the first of them is claimed. */
function told(toldIds: ToldIds): ZpciIdSets {
  const all = [...toldIds.values()];
  return { uid: new Set(all.map(({ uid }) => uid)), fid: new Set(all.map(({ fid }) => fid)) };
}
