/** A host attaches for a claim that stands, and what it has in a guest has one to the end. */
import type { HistoryEvent, OnHost } from '../../history/event.ts';
import { END, evidenceOf, type Life } from '../life.ts';
import type { Conviction } from '../recorded.ts';
import type { Judge, Trial } from '../trial.ts';

export const judgeAttaching: Judge = (trial) => {
  const begins = trial.events.filter((event): event is HistoryEvent & OnHost => event.kind === 'attaching');
  return [...begins.flatMap((event) => withoutClaim(trial, event)), ...leftWithout(trial)];
};

function withoutClaim({ lives }: Trial, event: HistoryEvent & OnHost): Conviction[] {
  const all = lives.get(event.function) ?? [];
  const convict = (evidence: Conviction['evidence']): Conviction[] => [
    { rule: 'attached without claim', function: event.function, evidence: [event, ...evidence] },
  ];
  const life = all.find(({ token }) => token === event.token);
  if (life === undefined) return all.some(({ token }) => token === undefined) ? [] : convict([]);
  if (life.host !== event.host) return convict(evidenceOf(life));
  const end = knownEnd(life);
  return end === undefined || end.at > event.at ? [] : convict([end]);
}

/** Behind this it was gone for sure: who took it away was told so, or another one was there. */
function knownEnd({ removedBy, next }: Life): HistoryEvent | undefined {
  if (removedBy?.answered !== undefined) return removedBy.answered;
  return next?.sightings.find(({ to }) => to === next.span.from)?.evidence;
}

function leftWithout({ stays, claims, cast }: Trial): Conviction[] {
  return stays.flatMap(({ begin, span }) => {
    const claimed = claims.some((claim) => claim.function === begin.function && claim.token === begin.token);
    if (span.to !== END || claimed || cast.offSince(begin.host) !== undefined) return [];
    return [{ rule: 'attached without claim' as const, function: begin.function, evidence: [begin] }];
  });
}
