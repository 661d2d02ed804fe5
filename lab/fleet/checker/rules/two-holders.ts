/** No function has two holders at one time: by their claims, by what its hosts have in guests, or by one of each. */
import { byFunction } from '../by-function.ts';
import { evidenceOf, overlap } from '../life.ts';
import type { Conviction } from '../recorded.ts';
import type { Judge } from '../trial.ts';

export const judgeHolders: Judge = ({ lives, stays }) => {
  const convictions: Conviction[] = [];
  const convict = (name: string, evidence: Conviction['evidence']): void => void convictions.push({ rule: 'two holders', function: name, evidence });
  for (const [name, all] of lives) {
    for (const [at, first] of all.entries()) {
      const second = all.slice(at + 1).find((each) => overlap(first.span, each.span));
      if (second !== undefined) convict(name, [...evidenceOf(first), ...evidenceOf(second)]);
    }
  }
  for (const [name, all] of byFunction(stays, ({ begin }) => [begin.function])) {
    for (const [at, first] of all.entries()) {
      const second = all.slice(at + 1).find((each) => overlap(first.span, each.span));
      if (second !== undefined) convict(name, [first.begin, second.begin]);
      const claimed = lives.get(name)?.find((life) => life.token !== undefined && life.token !== first.begin.token && overlap(life.span, first.span));
      if (claimed !== undefined) convict(name, [first.begin, ...evidenceOf(claimed)]);
    }
  }
  return convictions;
};
