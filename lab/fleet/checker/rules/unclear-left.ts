/** Of each unclear answer whoever got it finds out what became of it: the same transaction again, or its request is given up. */
import type { Call } from '../calls.ts';
import type { Judge, Trial } from '../trial.ts';

export const judgeUnclear: Judge = (trial) =>
  trial.calls.flatMap((call) => {
    const { answered, actor, forgotten, asked } = call;
    if (answered?.outcome !== 'unclear' || forgotten || !trial.cast.lives(actor) || isCleared(trial, call)) return [];
    return [{ rule: 'unclear left' as const, function: asked.written[0]?.function ?? asked.removed[0]?.function ?? 'requests', evidence: [asked, answered] }];
  });

function isCleared({ calls }: Trial, { actor, asked }: Call): boolean {
  const requests = new Set([...asked.written.map(({ request }) => request), ...asked.requestsMade]);
  return calls.some((later) => {
    const { answered } = later;
    if (later.asked.at <= asked.at || answered === undefined || answered.outcome === 'unclear') return false;
    if (later.actor === actor && later.asked.transaction === asked.transaction) return true;
    // A request that is taken away alone is gone when that is refused, too: only its own revision was compared.
    const gone = answered.outcome === 'done' || later.asked.removed.length === 0;
    return gone && later.asked.requestsRemoved.some((request) => requests.has(request));
  });
}
