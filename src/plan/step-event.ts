/** What is told of a plan while it is carried out. */
import type { Step } from './step.ts';
import type { Transition } from './transition.ts';

/** What becomes of a change or, where one is named, of one of its steps. `left`: it is neither done nor undone. */
export interface StepEvent {
  readonly change: Transition;
  readonly step?: Step | undefined;
  readonly state: 'doing' | 'done' | 'failed' | 'undoing' | 'undone' | 'left';
}
