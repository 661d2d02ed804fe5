/** Placements that were looked for, so that their hosts can be shown part by part: to look again for every part would read all of the fleet. */
import { randomUUID } from 'node:crypto';
import { HostdevError } from '../../errors.ts';
import type { PlacedInStore } from '../../fleet/place-in-store.ts';
import { type PlacementWish, placedNowhere } from '../../fleet/placement/place.ts';
import { jsonProblem } from '../../json/contract/envelope.ts';
import type { Of } from '../../json/contract/shape.ts';
import type { PLACED } from '../api/fleet.ts';

/** Each has what is told of every host: some 3 MB for 5,000. */
const MOST = 8;
const PART = 100;

interface Kept {
  readonly id: string;
  readonly wish: PlacementWish;
  readonly found: PlacedInStore;
  readonly time: string;
}

export interface Placements {
  readonly keep: (wish: PlacementWish, found: PlacedInStore) => Of<typeof PLACED>;
  /** @throws {HostdevError} `resource-unknown`; `usage` for an `after` that is of no part. */
  readonly part: (id: string, after: string | undefined) => Of<typeof PLACED>;
  /** What was asked for, and which rank that host had. @throws {HostdevError} `resource-unknown`. */
  readonly wishOf: (id: string, host: string) => { readonly wish: PlacementWish; readonly rank: number | null };
}

export function placements(): Placements {
  const kept: Kept[] = [];
  const require = (id: string): Kept => {
    const found = kept.find((each) => each.id === id);
    if (found !== undefined) return found;
    throw new HostdevError('resource-unknown', `the server does not keep that placement any more: it has the last ${MOST}`, { hint: 'look for hosts again' });
  };
  return {
    keep: (wish, found) => {
      const one = { id: randomUUID(), wish, found, time: new Date().toISOString() };
      kept.unshift(one);
      kept.splice(MOST);
      return partOf(one, 0);
    },
    part: (id, after = '0') => {
      const found = require(id);
      if (/^\d{1,9}$/.test(after)) return partOf(found, Number(after));
      throw new HostdevError('usage', `"${after.slice(0, 80)}" is no place in a list of hosts`, { hint: 'give what the part before said under next' });
    },
    wishOf: (id, host) => {
      const { wish, found } = require(id);
      return { wish, rank: found.items.find((each) => each.host === host)?.rank ?? null };
    },
  };
}

function partOf({ id, wish, found, time }: Kept, from: number): Of<typeof PLACED> {
  const { items, problems } = found;
  const fit = items.filter(({ fits }) => fits).length;
  const file = wish.file ?? '';
  const next = from + PART;
  return {
    ...{ id, file, time, hosts: items.length, fit },
    items: items.slice(from, next),
    next: next < items.length ? String(next) : null,
    problems: [...(fit === 0 ? [placedNowhere(file, items.length)] : []), ...problems].slice(0, PART).map(jsonProblem),
  };
}
