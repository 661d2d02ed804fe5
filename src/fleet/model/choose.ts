/** Which of the functions that are as good as each other are tried: by preference, and among equals at random. */
import { type Candidate, functionsOf } from './candidate.ts';

/** At random, 0 ≤ x < 1. */
export type Random = () => number;

/**
 * So many functions of one host, none of which is in the group of another; undefined where no host has so many.
 *
 * What takes the fewest others along comes first. Among equals chance decides: of 200 that want one of 50, whoever tries the first of a list is refused
 * ten times as often as whoever tries any.
 */
export function chooseTogether(candidates: readonly Candidate[], count: number, random: Random): readonly Candidate[] | undefined {
  const byHost = new Map<string, Candidate[]>();
  for (const each of candidates) {
    const { host } = each.host.record;
    const known = byHost.get(host);
    if (known === undefined) byHost.set(host, [each]);
    else known.push(each);
  }
  const able = [...byHost.values()].map((own) => pick(own, count, random)).filter((chosen) => chosen !== undefined);
  const least = Math.min(...able.map(cost));
  const best = able.filter((chosen) => cost(chosen) === least);
  // Weighed by how much each host has left: else a host with one function is as wanted as one with sixty-four.
  return drawn(best, (chosen) => byHost.get(chosen[0]?.host.record.host ?? '')?.length ?? 1, random);
}

/** How many candidates of a host could be had together: for words on why it is not enough. */
export function mostTogether(candidates: readonly Candidate[]): number {
  return disjoint(byCost(candidates)).length;
}

function pick(own: readonly Candidate[], count: number, random: Random): readonly Candidate[] | undefined {
  const chosen = disjoint(byCost(shuffled(own, random))).slice(0, count);
  return chosen.length < count ? undefined : chosen;
}

/** Without those that would take along, or exclude, what one before them takes: a physical function and its virtual ones exclude each other. */
function disjoint(candidates: readonly Candidate[]): Candidate[] {
  const taken = new Set<string>();
  const physicalOfTaken = new Set<string>();
  return candidates.filter((each) => {
    const keys = functionsOf(each).map(({ key }) => key);
    const physical = functionsOf(each).flatMap(({ physicalFunction }) => physicalFunction ?? []);
    if (keys.some((key) => taken.has(key) || physicalOfTaken.has(key)) || physical.some((key) => taken.has(key))) return false;
    for (const key of keys) taken.add(key);
    for (const key of physical) physicalOfTaken.add(key);
    return true;
  });
}

/** Array.prototype.sort keeps the order of equals, which is the shuffled one. */
function byCost(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((a, b) => functionsOf(a).length - functionsOf(b).length);
}

function cost(chosen: readonly Candidate[]): number {
  return chosen.reduce((sum, each) => sum + functionsOf(each).length, 0);
}

/** Fisher and Yates. */
function shuffled<T>(all: readonly T[], random: Random): T[] {
  const mixed = [...all];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
  }
  return mixed;
}

function drawn<T>(all: readonly T[], weightOf: (each: T) => number, random: Random): T | undefined {
  let left = random() * all.reduce((sum, each) => sum + weightOf(each), 0);
  return all.find((each) => (left -= weightOf(each)) < 0) ?? all.at(-1);
}
