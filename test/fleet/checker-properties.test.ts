import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkHistory } from '../../lab/fleet/checker/check.ts';
import type { Recorded } from '../../lab/fleet/checker/recorded.ts';
import type { HistoryEvent } from '../../lab/fleet/history/event.ts';
import { simulate } from '../../lab/fleet/simulation/simulate.ts';

/** A run that keeps the promise. Whatever is made of it below is one that does not. */
let good: Recorded;
beforeAll(async () => {
  good = await simulate({ seed: 3, claimers: 40, turns: 4, way: 'own' });
});

const rulesOf = (recorded: Recorded): string[] => checkHistory(recorded).map(({ rule }) => rule);

/** Whichever of those that fit is changed, it is convicted. */
function eachConvicts<T>(all: readonly T[], change: (one: T) => Recorded): void {
  expect(all.length).toBeGreaterThan(0);
  fc.assert(
    fc.property(fc.nat(all.length - 1), (at) => {
      expect(rulesOf(change(all[at] as T))).not.toEqual([]);
    }),
    { numRuns: 15 },
  );
}

const without = (recorded: Recorded, gone: (event: HistoryEvent) => boolean): Recorded => ({
  ...recorded,
  events: recorded.events.filter((event) => !gone(event)),
});

describe('a history that keeps the promise', () => {
  it('keeps it whenever the clock began, and under other names', () => {
    const renamed = (name: string): string => `${name}.example`;
    const events = good.events.map((event): HistoryEvent => {
      const moved = { ...event, at: event.at + 10n ** 12n, actor: renamed(event.actor) };
      if (moved.kind === 'saw') return { ...moved, from: moved.from + 10n ** 12n };
      return moved.kind === 'killed' || moved.kind === 'stopped' || moved.kind === 'continued' ? { ...moved, who: moved.who.map(renamed) } : moved;
    });
    expect(rulesOf({ ...good, events })).toEqual([]);
  });

  it('breaks it where nobody asked for a claim to be taken away that went', () => {
    const removals = good.events.filter((event) => event.kind === 'asked' && event.removed.length > 0);
    eachConvicts(removals, (removal) => {
      if (removal.kind !== 'asked') throw new Error('no removal');
      const names = new Set(removal.removed.map((each) => each.function));
      const revisions = new Set(removal.removed.map(({ guard }) => guard.revision));
      const same = good.events.filter(
        (event) => event.kind === 'asked' && event.removed.some((each) => names.has(each.function) && revisions.has(each.guard.revision)),
      );
      const calls = new Set(same.map((event) => `${event.actor} ${event.kind === 'asked' ? event.call : ''}`));
      return without(good, (event) => (event.kind === 'asked' || event.kind === 'answered') && calls.has(`${event.actor} ${event.call}`));
    });
  });

  it('breaks it where a claim that somebody has is not in the store at the end', () => {
    eachConvicts(good.claims, (claim) => ({ ...good, claims: good.claims.filter((each) => each !== claim) }));
  });

  it('breaks it where nobody knows of a claim that is in the store at the end', () => {
    const known = good.claims.filter(({ request }) => good.events.some((event) => event.kind === 'holds' && event.request === request));
    eachConvicts(known, ({ request }) => without(good, (event) => event.kind === 'holds' && event.request === request));
  });

  it('breaks it where a store has answered with a revision that was before', () => {
    const late = good.events.filter((event) => event.kind === 'answered' && event.outcome === 'done').slice(20);
    eachConvicts(late, (one) => ({
      ...good,
      events: good.events.map((event) => (event === one && event.kind === 'answered' ? { ...event, revision: 1n } : event)),
    }));
  });

  it('breaks it where a host attaches for the claim before', () => {
    const begins = good.events.filter((event) => event.kind === 'attaching');
    eachConvicts(begins, (one) => ({
      ...good,
      events: good.events.map((event) => (event === one && event.kind === 'attaching' ? { ...event, token: event.token - 1n } : event)),
    }));
  });
});
