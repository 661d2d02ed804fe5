import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, callsOf, isDone } from '../../lab/fleet/checker/calls.ts';
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

/** Whichever of those that fit is changed, it is convicted. Some twenty, from first to last and always the same: what fails here fails again. */
function eachConvicts<T>(all: readonly T[], change: (one: T) => Recorded): void {
  expect(all.length).toBeGreaterThan(0);
  const step = Math.ceil(all.length / 20);
  const some = all.filter((_, at) => at % step === 0);
  expect(some.filter((one) => rulesOf(change(one)).length === 0)).toEqual([]);
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
    const calls = callsOf(good.events);
    // Of those that were refused none went. By call and not by number: an actor that was killed counts from the start when it comes back.
    const removals = calls.filter((call) => isDone(call) && call.asked.removed.length > 0);
    eachConvicts(removals, ({ asked }) => {
      const isSame = ({ asked: { removed } }: Call): boolean =>
        removed.some((each) => asked.removed.some(({ function: name, guard }) => each.function === name && each.guard.revision === guard.revision));
      const gone = new Set<HistoryEvent | undefined>(calls.filter(isSame).flatMap((call) => [call.asked, call.answered]));
      return without(good, (event) => gone.has(event));
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
    const first = good.events.find((event) => event.kind === 'answered' && event.outcome === 'done')?.at ?? 0n;
    // Asked for when something had been answered: of what was under way at once nobody can know which came first.
    const late = callsOf(good.events).filter((call) => isDone(call) && call.asked.at > first);
    eachConvicts(late, ({ answered }) => ({
      ...good,
      events: good.events.map((event) => (event === answered ? { ...answered, revision: 1n } : event)),
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
