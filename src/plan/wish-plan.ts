/** What is done for a wish of a host and its guests, and its words: the same for every face. */
import type { Problem } from '../errors.ts';
import { oneLine } from '../printable.ts';
import { type Change, nameOfSubject } from './change.ts';
import { formatStep } from './step.ts';
import { transitionWords } from './state-words.ts';

/** What can only be planned when something else is done. */
export interface Later {
  readonly what: string;
  readonly why: string;
}

export interface WishPlan {
  /** Those that there is something to do for, in their order. */
  readonly changes: readonly Change[];
  /** What is planned once these are done, and why. */
  readonly later: readonly Later[];
  /** Commands that are left to the administrator. */
  readonly todo: readonly string[];
  readonly notes: readonly Problem[];
}

/** Nothing is to be done, and nothing later. */
export const AS_WISHED = 'host and guests are as they are wished to be';

/** Whether host and guests are other than they are wished to be. */
export function differsFromWish({ changes, later }: Pick<WishPlan, 'changes' | 'later'>): boolean {
  return changes.length + later.length > 0;
}

/** `prepare 0000:06:00.0: nvme → vfio-pci` */
export function wishedChangeWords(change: Change): string {
  const { from, to } = transitionWords(change);
  return `${change.verb} ${nameOfSubject(change)}: ${from} → ${to}`;
}

export function laterWords({ what, why }: Later): string {
  return `${what}: planned once ${why}`;
}

/** How host and wish differ, a line each, as `hostdev diff` prints it. */
export function differenceLines(plan: WishPlan): string[] {
  if (!differsFromWish(plan)) return [AS_WISHED];
  return [...plan.changes.map(wishedChangeWords), ...plan.later.map(laterWords)].map(oneLine);
}

/** Each change with its steps and what undoes it, as `hostdev apply --dry-run` prints it. */
export function wishPlanLines(plan: WishPlan): string[] {
  const changes = plan.changes.flatMap((change) => [
    oneLine(wishedChangeWords(change)),
    ...change.steps.map((step) => `  ${oneLine(formatStep(step))}`),
    ...change.undo.map((step) => `  if a later step fails: ${oneLine(formatStep(step))}`),
  ]);
  const later = differsFromWish(plan) ? plan.later.map((each) => oneLine(laterWords(each))) : [AS_WISHED];
  return [...changes, ...later, ...[...new Set(plan.todo)].map((line) => `left for you: ${oneLine(line)}`)];
}
