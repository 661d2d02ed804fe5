/** Telling how a change failed: the first reason, everything that could not be undone, and what is left how. */
import { HostdevError, type Problem } from '../errors.ts';
import type { State, Transition } from '../plan/transition.ts';
import { formatState } from './change.ts';

/** A change that is neither done nor undone, and its subject as it is now; undefined where that is not known. */
export interface Left {
  readonly change: Transition;
  readonly now: State | undefined;
}

const RECOVER = "'hostdev recover' tries again; 'hostdev guests' and 'hostdev status' show what is where";

/** Whether the kernel or libvirt still works on what was asked for. */
export function isStuck(error: unknown): boolean {
  return error instanceof HostdevError && error.code === 'stuck';
}

/** Whether the lock is gone under which the host was changed. */
export function isLockLost(error: unknown): boolean {
  return error instanceof HostdevError && error.code === 'lock-lost';
}

/** What went wrong, with all that could not be undone. */
export interface Failure {
  readonly error: unknown;
  /** What else failed besides it. */
  readonly others?: readonly unknown[];
  readonly undoErrors: readonly unknown[];
  readonly left: readonly Left[];
}

/**
 * The error that tells a failure: as it was, when all is as before; otherwise `stuck`, with every failure in the message, as problems in
 * `details.errors`, and in `details.left` the subjects that are neither here nor there.
 */
export function failureError({ error, others = [], undoErrors, left }: Failure): unknown {
  // A change that is stuck says so itself.
  if (others.length === 0 && undoErrors.length === 0 && (left.length === 0 || (left.length === 1 && isStuck(error)))) return error;
  const also = [...others, ...undoErrors].map(toProblem);
  const remains = left.map(formatLeft);
  const undo = undoErrors.length === 0 ? [] : [`it could not be undone: ${undoErrors.map(messageOf).join('; ')}`];
  const message = [
    [messageOf(error), ...others.map(messageOf)].join('; '),
    ...(undo.length > 0 || remains.length > 0 ? [[...undo, ...remains].join('; ')] : []),
  ].join('; and ');
  const first = error instanceof HostdevError ? error : undefined;
  return new HostdevError(left.length === 0 && first !== undefined ? first.code : 'stuck', message, {
    subject: left[0]?.change.subject ?? first?.subject,
    hint: hintOf(undoErrors) ?? (left.length === 0 ? first?.hint : RECOVER),
    cause: error,
    details: { ...first?.details, errors: [toProblem(error), ...also], left: left.map(({ change, now }) => ({ subject: change.subject, now: now ?? null })) },
  });
}

/** What to do, where one of them knows better than "recover". */
function hintOf(errors: readonly unknown[]): string | undefined {
  return errors.flatMap((each) => (each instanceof HostdevError && each.code === 'stuck' ? (each.hint ?? []) : []))[0];
}

function toProblem(error: unknown): Problem {
  return error instanceof HostdevError ? error.toProblem() : { code: 'internal', severity: 'error', message: messageOf(error) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `0007:00:00.0 is left with vfio-pci` */
function formatLeft({ change: { subject, verb }, now }: Left): string {
  if (now === undefined) return `what became of ${subject} is not known`;
  if (verb === 'prepare' || verb === 'release') return `${subject} is left with ${now['driver'] ?? 'no driver'}`;
  if (verb === 'attach' || verb === 'detach' || verb === 'swap') {
    return `${subject} is left as ${now['live'] ?? 'no'} where it runs, ${now['config'] ?? 'no'} in the definition`;
  }
  return `${subject} is left with ${formatState(now)}`;
}
