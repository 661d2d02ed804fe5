/**
 * A claim is taken away by who asked for it, or by its host; by others only when somebody who can know it has said that the host is off, or that nobody
 * needs it. What is in a guest is taken away by nobody. Silence is no reason: who was stopped goes on.
 */
import type { Life } from '../life.ts';
import type { Conviction } from '../recorded.ts';
import { allLives, type Judge, type Trial } from '../trial.ts';

export const judgeRemovals: Judge = (trial) => allLives(trial).flatMap((life) => [...byWhom(trial, life), ...whileInGuest(trial, life)]);

function byWhom({ cast, events }: Trial, { function: name, request, host, removedBy }: Life): Conviction[] {
  if (removedBy?.answered === undefined || cast.owner(request) === removedBy.actor || cast.isHost(removedBy.actor, host)) return [];
  const { asked, answered } = removedBy;
  const since = [cast.offSince(host), cast.unneededSince(request)];
  if (since.some((at) => at !== undefined && at < asked.at)) return [];
  const silent = events.findLast(
    (event) => (event.kind === 'stopped' || event.kind === 'killed') && event.at < asked.at && event.who.some((actor) => cast.isHost(actor, host)),
  );
  return [{ rule: 'freed on silence', function: name, evidence: [...(silent === undefined ? [] : [silent]), asked, answered] }];
}

function whileInGuest({ cast, stays }: Trial, { function: name, host, token, removedBy }: Life): Conviction[] {
  if (removedBy?.answered === undefined) return [];
  const { asked, answered } = removedBy;
  const stay = stays.find(({ begin, span }) => begin.function === name && begin.token === token && span.from < asked.at && span.to > answered.at);
  if (stay === undefined || (cast.offSince(host) ?? answered.at) < asked.at) return [];
  return [{ rule: 'freed on silence', function: name, evidence: [stay.begin, asked, answered] }];
}
