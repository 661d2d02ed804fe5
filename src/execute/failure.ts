/** Telling how a change failed: the first reason, everything that could not be undone, and what is left how. */
import { type ErrorCode, HostdevError, type Problem } from '../errors.ts';
import { type Done, subjectsOf } from '../plan/change.ts';
import type { State, Transition } from '../plan/transition.ts';
import { formatState } from './change.ts';

/** A change that is neither done nor undone, and its subject as it is now; undefined where that is not known. */
export interface Left {
  readonly change: Transition;
  readonly now: State | undefined;
  /** That somebody has changed it again, so that it stays: nobody has to recover it. */
  readonly isOvertaken?: true;
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

/** Whether something has to be recovered after a failure, or nobody may write any more that it has not. */
export function isForRecover(error: unknown): boolean {
  return isLockLost(error) || isStuck(error);
}

/** What went wrong, with all that could not be undone. */
export interface Failure {
  readonly error: unknown;
  /** What else failed besides it. */
  readonly others?: readonly unknown[];
  readonly undoErrors: readonly unknown[];
  readonly left: readonly Left[];
  /** What was done all the same, and stays. */
  readonly done?: readonly Done[];
  /** What was not tried after it. */
  readonly untried?: readonly Transition[];
}

/**
 * The error that tells a failure: as it was, when all is as before; otherwise `stuck`, with every failure in the message, as problems in
 * `details.errors`, in `details.left` the subjects that are neither here nor there, and in `details.done` those that were changed.
 */
export function failureError({ error, others = [], undoErrors, left, done = [], untried = [] }: Failure): unknown {
  // A change that is stuck says so itself.
  const isAlone = others.length === 0 && undoErrors.length === 0 && (left.length === 0 || (left.length === 1 && isStuck(error)));
  const first = error instanceof HostdevError ? error : undefined;
  if (isAlone && left.length + done.length + untried.length === 0) return error;
  if (isAlone && first === undefined) return error;
  const errors = [error, ...others, ...undoErrors].map(toProblem);
  const stuck = left.filter(({ isOvertaken }) => isOvertaken !== true);
  const remains = stuck.map(formatLeft);
  const undo = undoErrors.length === 0 ? [] : [`it could not be undone: ${undoErrors.map(messageOf).join('; ')}`];
  const message = [
    [messageOf(error), ...others.map(messageOf)].join('; '),
    ...(undo.length > 0 || remains.length > 0 ? [[...undo, ...remains].join('; ')] : []),
  ].join('; and ');
  const details = {
    ...first?.details,
    errors,
    left: left.map(({ change, now }) => ({ subject: change.subject, now: now ?? null })),
    done,
  };
  const problems = [
    ...(isAlone ? [] : errors),
    ...stuck.flatMap(leftProblems).filter(({ subject }) => !isAlone || subject !== first?.subject),
    ...untried.flatMap((change) => untriedProblems(change, first?.code)),
  ];
  const aftermath = { changed: left.length + done.length > 0, problems };
  if (isAlone && first !== undefined) return new HostdevError(first.code, first.message, { ...first, cause: error, details, aftermath });
  return new HostdevError(stuck.length === 0 && first !== undefined ? first.code : 'stuck', message, {
    subject: stuck[0]?.change.subject ?? first?.subject,
    hint: hintOf(undoErrors) ?? (stuck.length === 0 ? first?.hint : RECOVER),
    ...{ cause: error, details, aftermath },
  });
}

/** What was done all the same, and stays, although something else failed. */
export function doneBefore(error: unknown): readonly Done[] {
  return error instanceof HostdevError ? ((error.details['done'] as readonly Done[] | undefined) ?? []) : [];
}

function leftProblems(left: Left): Problem[] {
  const message = formatLeft(left);
  return subjectsOf(left.change).map((subject) => ({ code: 'stuck', severity: 'error', subject, message, hint: RECOVER }));
}

function untriedProblems(change: Transition, code: ErrorCode = 'change-failed'): Problem[] {
  return subjectsOf(change).map((subject) => ({
    code,
    severity: 'error',
    subject,
    message: `${subject} was left as it is: what failed before it would have failed again`,
  }));
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
