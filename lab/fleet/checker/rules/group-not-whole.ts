/** Functions of one group are claimed by one transaction, and are in one hand. */
import { evidenceOf, type Life, overlap } from '../life.ts';
import { atTheEnd, type Conviction } from '../recorded.ts';
import { allLives, type Judge, type Trial } from '../trial.ts';

export const judgeGroups: Judge = (trial) => [...allLives(trial).flatMap((life) => madeAlone(trial, life)), ...halfAtTheEnd(trial)];

function madeAlone({ groups, lives }: Trial, life: Life): Conviction[] {
  const { function: name, madeBy, request, span } = life;
  return (groups.get(name) ?? []).flatMap((companion): Conviction[] => {
    const convict = (...evidence: Conviction['evidence']): Conviction[] => [{ rule: 'group not whole', function: name, evidence }];
    if (madeBy !== undefined && !madeBy.asked.written.some((each) => each.function === companion && each.request === request)) {
      return convict(madeBy.asked, ...evidenceOf(life));
    }
    // Told once, for the one whose name comes first.
    const split = name < companion ? lives.get(companion)?.find((each) => each.request !== request && overlap(each.span, span)) : undefined;
    return split === undefined ? [] : convict(...evidenceOf(life), ...evidenceOf(split));
  });
}

function halfAtTheEnd({ groups, claims }: Trial): Conviction[] {
  return claims.flatMap((claim): Conviction[] => {
    const missing = (groups.get(claim.function) ?? []).find(
      (companion) => !claims.some((each) => each.function === companion && each.request === claim.request && each.token === claim.token),
    );
    return missing === undefined ? [] : [{ rule: 'group not whole', function: missing, evidence: [atTheEnd(claim)] }];
  });
}
