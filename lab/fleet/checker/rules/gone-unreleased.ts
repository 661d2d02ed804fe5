/** A claim goes only because somebody takes it away: no clock ends it, and no silence. */
import { claimAtEnd, evidenceOf, type Life } from '../life.ts';
import type { Judge } from '../trial.ts';

export const judgeEnds: Judge = ({ lives, claims }) =>
  [...lives.values()].flat().flatMap((life) => {
    if (life.removedBy !== undefined || life.mayHaveEnded.length > 0 || claimAtEnd(life, claims) !== undefined || isOverwritten(life)) return [];
    return [
      { rule: 'gone unreleased' as const, function: life.function, evidence: [...evidenceOf(life), ...(life.next === undefined ? [] : evidenceOf(life.next))] },
    ];
  });

/** Who wrote over it did not look whether there was one: the two of them are two holders. */
function isOverwritten({ next, function: name }: Life): boolean {
  return next?.madeBy?.asked.written.find((each) => each.function === name)?.guard.on === 'nothing';
}
