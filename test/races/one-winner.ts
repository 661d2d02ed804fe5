/** What must come of every race: one winner, and losers who are told who it is. */
import { expect } from 'vitest';
import type { Ended, RaceTrack } from './races.ts';

/** Lets two to eight processes race that many times. */
export async function expectOneWinnerEach(track: RaceTrack, races: number): Promise<void> {
  const told = { busy: 0, taken: 0 };
  for (let number = 0; number < races; number += 1) {
    const results = await track.race(number, 2 + (number % 7));
    const pids = new Set(results.map(({ pid }) => pid));
    const winners = results.filter((result) => contested(result)?.changed === true);
    expect(winners, JSON.stringify(results)).toHaveLength(1);
    for (const loser of results.filter((result) => !winners.includes(result))) {
      if (loser.code === undefined) {
        expect(contested(loser)?.taken?.by).toContain(`(pid ${winners[0]?.pid})`);
        told.taken += 1;
      } else {
        expect(loser).toMatchObject({ code: 'busy' });
        const holder = Number(/\(pid (\d+)\)/.exec(loser.message ?? '')?.[1]);
        expect(pids.has(holder) && holder !== loser.pid, loser.message).toBe(true);
        told.busy += 1;
      }
    }
  }
  // Both ways of losing have to be there, or the processes did not race.
  expect(Math.min(told.busy, told.taken)).toBeGreaterThan(0);
}

/** What became of the group that all of them want. */
function contested({ changes }: Ended): NonNullable<Ended['changes']>[number] | undefined {
  const pair = changes?.slice(0, 2);
  // Never one function of a group without the other.
  if (pair !== undefined && pair[0]?.changed !== pair[1]?.changed) throw new Error('half a group was taken');
  return pair?.[0];
}
