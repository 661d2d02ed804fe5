/** What a step does, to the letter. */
import type { PlanChange } from '../../../server/api/plan.ts';

export type ShownStep = PlanChange['steps'][number]['step'];

/**
 * The server tells a step as the command does, with the reason behind a #.
 *
 * @example whatAndWhy('write "1" to /sys/x # it is on') → { what: 'write "1" to /sys/x', why: 'it is on' }
 */
export function whatAndWhy(told: string): { readonly what: string; readonly why: string } {
  const at = told.indexOf(' # ');
  return at === -1 ? { what: told, why: '' } : { what: told.slice(0, at), why: told.slice(at + 3) };
}

/** The text that is handed over, where the words of the step leave it out: an element, a file. */
export function stepText(step: ShownStep): string | null {
  switch (step.kind) {
    case 'file':
    case 'network':
    case 'attach':
      return step.text;
    default:
      return null;
  }
}

/** What of a plan is written, loaded and run on the host, in that order and to the letter. What libvirt does there by itself is told by the steps. */
export function hostWrites(changes: readonly Pick<PlanChange, 'steps'>[]): readonly string[] {
  return changes.flatMap(({ steps }) => steps).flatMap(({ what, step }) => (ON_HOST.has(step.kind) ? [what] : []));
}

const ON_HOST: ReadonlySet<ShownStep['kind']> = new Set(['write', 'file', 'run', 'load', 'link up'] as const);
