/** Where a definition can run, asked of a fleet's store: hosts pass one after the other, and of each no more stays than is told of it. */
import type { Problem } from '../errors.ts';
import { everyRecord } from './every-record.ts';
import { type Placement, type PlacementWish, placing, ranked } from './placement/place.ts';
import { readBesideHosts } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';

/**
 * All hosts whose records can be read, the best first; and what could not be read.
 *
 * @throws {HostdevError} as `placing`.
 */
export async function placeInFleet(
  store: FleetStore,
  wish: PlacementWish,
  signal?: AbortSignal,
): Promise<{ readonly placements: readonly Placement[]; readonly problems: readonly Problem[] }> {
  const { problems: unread, ...beside } = await readBesideHosts(store, signal);
  const problems = [...unread];
  const place = placing(wish, beside);
  const placements: Placement[] = [];
  for await (const host of everyRecord(store, (problem) => problems.push(problem), signal)) placements.push(place(host));
  return { placements: ranked(placements), problems };
}
