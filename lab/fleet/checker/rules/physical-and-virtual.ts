/** A physical function is claimed while none of its virtual ones is, and they while it is not. */
import { evidenceOf, overlap } from '../life.ts';
import { allLives, type Judge } from '../trial.ts';

export const judgeVirtualFunctions: Judge = (trial) =>
  allLives(trial).flatMap((life) => {
    const physical = /^(.*)\/vf\/\d+$/.exec(life.function)?.[1];
    const both = trial.lives.get(physical ?? '')?.find(({ span }) => overlap(span, life.span));
    return both === undefined ? [] : [{ rule: 'physical and virtual' as const, function: life.function, evidence: [...evidenceOf(both), ...evidenceOf(life)] }];
  });
