/** What whoever asks a fleet for something brings along: the store, a name, and what tests put in the place of chance and clock. */
import type { Random } from './model/choose.ts';
import type { FleetStore } from './store/store.ts';

export interface FleetAccess {
  readonly store: FleetStore;
  /** Who asks: as claims and requests tell it. */
  readonly by: string;
  /** For texts: nothing is decided by a clock. */
  readonly now: () => Date;
  readonly random: Random;
  /** A name that nothing else has. */
  readonly uuid: () => string;
}
