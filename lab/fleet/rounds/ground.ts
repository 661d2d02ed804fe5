/** Where rounds are played: a store that is empty at the beginning of each, and what can happen to it. */
import type { Place } from './message.ts';

/** Something happens to the store, and is over when the promise is fulfilled. It says what before it begins. */
export type Disturb = (random: () => number, say: (what: string) => void) => Promise<void>;

export interface Ground {
  /** An empty store. */
  readonly begin: (round: number) => Promise<Place>;
  readonly disturb: Disturb;
  readonly end: () => Promise<void>;
}
