/** A request that is gone gets no claim any more, however late a transaction comes. */
import { type Call, isDone } from '../calls.ts';
import { evidenceOf, type Life } from '../life.ts';
import type { Conviction } from '../recorded.ts';
import { allLives, type Judge } from '../trial.ts';

export const judgeGivingUp: Judge = (trial) => {
  const gone = new Map<string, Call>();
  for (const call of trial.calls.filter(isDone)) {
    for (const request of call.asked.requestsRemoved) gone.set(request, gone.get(request) ?? call);
  }
  return allLives(trial).flatMap((life): Conviction[] => {
    const answered = gone.get(life.request)?.answered;
    const made = life.token ?? (life.madeBy === undefined ? undefined : life.sightings[0]?.revision);
    if (answered === undefined || made === undefined || made <= answered.revision) return [];
    return [{ rule: 'claimed after giving up', function: life.function, evidence: [answered, ...seenAs(life)] }];
  });
};

function seenAs(life: Life): Conviction['evidence'] {
  const seen = evidenceOf(life);
  if (seen.length > 0) return seen;
  const { function: name, request, host, token = 0n } = life;
  return [{ kind: 'in the store at the end', function: name, request, host, token, state: 'claimed' }];
}
