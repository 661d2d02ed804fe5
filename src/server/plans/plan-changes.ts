/** The changes of a plan, as they are shown and compared. */
import { createHash } from 'node:crypto';
import { jsonStep } from '../../json/contract/steps.ts';
import { type Change, functionsOf, nameOfSubject } from '../../plan/change.ts';
import { inModuleNames } from '../../plan/prepare.ts';
import { formatStep, type Step } from '../../plan/step.ts';
import type { Later } from '../../plan/wish-plan.ts';
import type { PlanChange } from '../api/plan.ts';
import type { Wish } from '../api/wishes.ts';

const ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

export function shownChange(change: Change): PlanChange {
  const shown = (steps: readonly Step[]) => steps.map((step) => ({ what: formatStep(step), step: jsonStep(step) }));
  return {
    verb: change.verb,
    subject: nameOfSubject(change),
    functions: functionsOf(change).filter((name) => ADDRESS.test(name)),
    steps: shown(change.steps),
    undo: shown(change.undo),
  };
}

/** The same for the same plan: from where each subject is brought to where, by which steps. By which name a driver is registered is known once it is loaded. */
export function hashOfPlan(wish: Wish, changes: readonly Change[], later: readonly Later[]): string {
  return createHash('sha256')
    .update(inModuleNames(JSON.stringify({ wish, changes, later })))
    .digest('base64url');
}
