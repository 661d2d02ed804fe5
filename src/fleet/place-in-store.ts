/** Where a definition can run, over a fleet of any size: of the hosts no more than a page is in memory, and of each only what is told of it is kept. */
import type { Problem } from '../errors.ts';
import type { FLEET_PLACEMENT } from '../json/contract/fleet-placement.ts';
import type { Of } from '../json/contract/shape.ts';
import { requireHosts } from './fleet-hosts.ts';
import { fleetPlacement } from './items/placement.ts';
import { ensureFleetName } from './model/keys.ts';
import { missingHost } from './model/missing-host.ts';
import { type Placement, type PlacementWish, placerOf, standingOf } from './placement/place.ts';
import { better, type Standing } from './placement/standing.ts';
import { takenIdsFor } from './taken-ids.ts';
import { everyHostRecord, readAroundHosts, readHost, revisionNow } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';

export interface PlacedInStore {
  /** Every host that can be read, the best first, without definitions. */
  readonly items: readonly Of<typeof FLEET_PLACEMENT>[];
  /** Of what could not be read. */
  readonly problems: readonly Problem[];
}

/**
 * The host that plain addresses of a definition are of: whom somebody names, else this one. A name that is misspelt would have other cards at all of them.
 *
 * @throws {HostdevError} `usage`, `fleet-host-unknown`.
 */
export async function homeOf(store: FleetStore, from: string | undefined, here: string | null): Promise<string | undefined> {
  if (from === undefined) return here ?? undefined;
  await requireHosts(store, [ensureFleetName(from)]);
  return from;
}

/**
 * All of it at one revision: no host is refused for what its claims did not say yet.
 *
 * @throws {HostdevError} as `placerOf`.
 */
export async function placeInStore(store: FleetStore, wish: PlacementWish): Promise<PlacedInStore> {
  const at = await revisionNow(store);
  const around = await readAroundHosts(store, { at });
  const place = placerOf(wish, around);
  const problems = [...around.problems];
  const found: { item: Of<typeof FLEET_PLACEMENT>; standing: Standing }[] = [];
  for await (const host of everyHostRecord(store, problems, { at })) {
    const placement = place(host);
    found.push({ item: fleetPlacement(placement, null, null), standing: standingOf(placement) });
  }
  const ordered = found.toSorted((one, other) => better(one.standing, other.standing));
  return { items: ordered.map(({ item }, at) => (item.fits ? { ...item, rank: at + 1 } : item)), problems };
}

/**
 * The same of one host, as it is now, with what the definition would be there. `rank` is what it had among all of them, null where that was not asked.
 *
 * @throws {HostdevError} as `placementOnOne`.
 */
export async function placeOnOne(store: FleetStore, wish: PlacementWish, host: string, rank: number | null): Promise<Of<typeof FLEET_PLACEMENT>> {
  const placement = await placementOnOne(store, wish, host);
  return fleetPlacement(placement, rank, placement.definition ?? null);
}

/** @throws {HostdevError} `fleet-host-unknown`, what is wrong with the record of that host, and as `placerOf`. */
export async function placementOnOne(store: FleetStore, wish: PlacementWish, host: string): Promise<Placement> {
  const around = await readAroundHosts(store);
  const { kept, problems } = await readHost(store, host);
  const [found] = kept;
  if (found === undefined) throw missingHost(host, problems);
  return placerOf(wish, { ...around, takenIds: await takenIdsFor(store, [found]) })(found);
}
