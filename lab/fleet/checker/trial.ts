/** What every rule is given: the recorded run, and what is known by it. */
import { type Call, callsOf } from './calls.ts';
import { type Cast, castOf } from './cast.ts';
import { type Life, livesOf } from './life.ts';
import type { Conviction, Recorded } from './recorded.ts';
import { type Stay, staysOf } from './stay.ts';

export interface Trial extends Recorded {
  readonly calls: readonly Call[];
  readonly cast: Cast;
  /** By function, in their order. */
  readonly lives: ReadonlyMap<string, readonly Life[]>;
  readonly stays: readonly Stay[];
}

export type Judge = (trial: Trial) => Conviction[];

export function openTrial(recorded: Recorded): Trial {
  const calls = callsOf(recorded.events);
  const cast = castOf(recorded.events);
  return { ...recorded, calls, cast, lives: livesOf(recorded, calls), stays: staysOf(recorded.events, cast) };
}

export const allLives = ({ lives }: Trial): Life[] => [...lives.values()].flat();
