/** What applying a wish does, as data. */
import type { ApplyReport } from '../../app/wish/apply-wish.ts';
import { type Change, functionsOf, nameOfSubject } from '../../plan/change.ts';
import { transitionWords } from '../../plan/state-words.ts';
import { jsonStep } from '../contract/steps.ts';
import type { Of } from '../contract/shape.ts';
import type { WISHED_CHANGE } from '../contract/wishes.ts';

export function wishedChanges({ changes, later }: Pick<ApplyReport, 'changes' | 'later'>): Of<typeof WISHED_CHANGE>[] {
  return [...changes.map(wishedChange), ...later.map(({ what, why }) => ({ kind: 'later' as const, what, why, changed: true }))];
}

function wishedChange(change: Change): Of<typeof WISHED_CHANGE> {
  const { verb, steps, undo } = change;
  const { from, to } = transitionWords(change);
  return {
    ...{ kind: 'change', verb, subject: nameOfSubject(change), functions: functionsOf(change), changed: true },
    ...{ beforeWords: from, afterWords: to },
    ...{ steps: steps.map(jsonStep), undo: undo.map(jsonStep) },
  };
}
