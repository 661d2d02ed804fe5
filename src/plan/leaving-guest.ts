/** What a guest that runs has open until a change is made, and a moment longer. */
import type { Change } from './change.ts';

/** Devices that a guest that runs has to let go of by a change. */
export function leavingGuest({ steps }: Pick<Change, 'steps'>): readonly string[] {
  return steps.flatMap((step) => (step.kind === 'detach' && step.on === 'guest' ? step.device : []));
}
