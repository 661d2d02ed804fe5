/** An id of IBM Z is kept by one claim at one time, whichever functions of whichever hosts they are of. */
import { evidenceOf, type Life, overlap } from '../life.ts';
import { allLives, type Judge } from '../trial.ts';

export const judgeIds: Judge = (trial) => {
  const byId = new Map<string, Life[]>();
  for (const life of allLives(trial)) for (const id of life.ids) byId.set(id, [...(byId.get(id) ?? []), life]);
  return [...byId.values()].flatMap((all) =>
    all.flatMap((first, at) => {
      // Of one function it is two holders, or one claim that was written anew.
      const second = all.slice(at + 1).find((each) => each.function !== first.function && overlap(first.span, each.span));
      if (second === undefined) return [];
      return [{ rule: 'one id twice' as const, function: second.function, evidence: [...evidenceOf(first), ...evidenceOf(second)] }];
    }),
  );
};
