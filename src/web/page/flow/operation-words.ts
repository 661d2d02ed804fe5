/** How an operation is, in words. */
import type { Operation } from '../../../server/api/operation.ts';

export function operationWords({ state, changes, began, ended, changed }: Pick<Operation, 'state' | 'changes' | 'began' | 'ended' | 'changed'>): string {
  const steps = changes.flatMap((change) => change.steps);
  const done = steps.filter((step) => step.state === 'done').length;
  const seconds = ended === null ? null : (Date.parse(ended) - Date.parse(began)) / 1000;
  const took = seconds === null ? '' : ` in ${secondsWords(seconds)}`;
  if (ended === null) return `${state}: ${done} of ${steps.length} steps done`;
  return changed === false ? `${state}${took}, nothing is changed` : `${state}${took}`;
}

/** What would be told as 0.0 s. */
const INSTANT = 0.05;

/** @example secondsWords(0.34) → '0.3 s' */
export function secondsWords(seconds: number): string {
  if (seconds < INSTANT) return 'no time';
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** How long a guest still has to let go; null where nobody waits for one. */
export function leftWords({ until, ended }: Pick<Operation, 'until' | 'ended'>, nowMs: number): string | null {
  if (until === null || ended !== null) return null;
  return `the guest has ${Math.max(0, Math.round((Date.parse(until) - nowMs) / 1000))} s left to let go`;
}

/** How long a step took, or has been at it; empty before it began, and where it took no time. */
export function stepSeconds({ began, ended }: { readonly began: string | null; readonly ended: string | null }, nowMs: number): string {
  if (began === null) return '';
  const seconds = Math.max(0, (ended === null ? nowMs : Date.parse(ended)) - Date.parse(began)) / 1000;
  return seconds < INSTANT ? '' : secondsWords(seconds);
}
