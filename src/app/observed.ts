/** What somebody who is not at a terminal gets to know of a change, and what is known of them. */
import type { StepEvent } from '../plan/step-event.ts';
import type { Change } from '../plan/change.ts';
import type { Later } from '../plan/wish-plan.ts';

export interface ObservedOptions {
  /** Who asks for it and from where, as the journal keeps it; the user who runs this process when missing. */
  readonly by?: string | undefined;
  /** Shown each plan before anything of it is done, the last time under the lock; throws where it is not what was agreed to. */
  readonly onPlan?: ((changes: readonly Change[], later?: readonly Later[]) => void) | undefined;
  /** Shown the changes of each part of a wish when it is their turn: those that could be planned only then are among them. */
  readonly onTurn?: ((changes: readonly Change[]) => void) | undefined;
  readonly onStep?: ((event: StepEvent) => void) | undefined;
}
