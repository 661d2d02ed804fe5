/** Which of the functions that would do each wish of a guest gets, so that all wishes are fulfilled at once. */
import type { Candidate } from '../model/candidate.ts';

/**
 * One candidate for each wish, no function twice and no physical function together with one of its virtual ones; undefined where that cannot be. A
 * wish's candidates are in the order in which they are liked.
 *
 * A wish that finds its functions taken makes another one move, if that can: bipartite matching by augmenting paths. Physical and virtual functions
 * exclude each other beyond that; where both come out, the one kind is left out and then the other.
 */
export function assignFunctions(wishes: readonly (readonly Candidate[])[]): readonly Candidate[] | undefined {
  const first = matchAll(wishes);
  if (first === undefined || !excludesItself(first)) return first;
  const physical = new Set(wishes.flat().flatMap(({ asked }) => asked.physicalFunction ?? []));
  for (const keeps of [({ asked }: Candidate) => !physical.has(asked.key), ({ asked }: Candidate) => asked.physicalFunction === null]) {
    const found = matchAll(wishes.map((each) => each.filter(keeps)));
    if (found !== undefined && !excludesItself(found)) return found;
  }
  return undefined;
}

function matchAll(wishes: readonly (readonly Candidate[])[]): readonly Candidate[] | undefined {
  const ownerOf = new Map<string, number>();
  const chosen: Candidate[] = [];
  const settle = (wish: number, asked: Set<string>): boolean => {
    const candidates = wishes[wish] ?? [];
    // Nobody has to move for what is not taken.
    const isTaken = ({ asked: { key } }: Candidate): number => (ownerOf.has(key) ? 1 : 0);
    for (const candidate of candidates.toSorted((a, b) => isTaken(a) - isTaken(b))) {
      const { key } = candidate.asked;
      if (asked.has(key)) continue;
      asked.add(key);
      const owner = ownerOf.get(key);
      if (owner !== undefined && !settle(owner, asked)) continue;
      ownerOf.set(key, wish);
      chosen[wish] = candidate;
      return true;
    }
    return false;
  };
  return wishes.every((_, wish) => settle(wish, new Set())) ? chosen : undefined;
}

function excludesItself(chosen: readonly Candidate[]): boolean {
  const keys = new Set(chosen.map(({ asked }) => asked.key));
  return chosen.some(({ asked }) => asked.physicalFunction !== null && keys.has(asked.physicalFunction));
}
