/** What an actor has around it, the same whether it is a function of a simulation or a process of its own. */
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import type { Say } from '../history/recorder.ts';

export interface Surroundings {
  readonly name: string;
  /** Its own, which writes down what is asked. */
  readonly store: FleetStore;
  readonly say: Say;
  /** Lets others do something. */
  readonly pause: () => Promise<void>;
  /** From 0 to less than 1. */
  readonly random: () => number;
  /** Nothing new is begun any more. */
  readonly isOver: () => boolean;
}

export function oneOf<T>(all: readonly T[], random: () => number): T | undefined {
  return all[Math.floor(random() * all.length)];
}
