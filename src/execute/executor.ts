/** The one thing that changes anything: journal, steps, look; or everything undone in reverse, and every failure told. */
import { HostdevError } from '../errors.ts';
import { type Change, functionsOf } from '../plan/change.ts';
import type { State } from '../plan/transition.ts';
import { carryOut, tryAll } from './carry-out.ts';
import { isReached, waitUntilReached } from './change.ts';
import { failureError, isStuck, type Left } from './failure.ts';
import { goTo, readNow } from './go-to.ts';
import { kindOf } from './kinds.ts';
import type { Executor } from './target.ts';
import { announce } from './progress.ts';
import { returnMoved, undoAll, waitUntilLetGo } from './undo.ts';

/** A change that was made. */
export interface Done {
  readonly change: Change;
  readonly after: State;
  /** What did not follow, and is no reason to undo it: an interface that did not come up again. */
  readonly warnings: readonly unknown[];
}

type Outcome = { readonly done: Done } | { readonly error: unknown; readonly undoErrors: readonly unknown[]; readonly left: readonly Left[] };

/**
 * Carries a plan out: all of its changes, or none.
 *
 * @throws {HostdevError} what went wrong first; `stuck` when something could not be undone. The message has every failure then, and
 * `details.left` what is left how.
 */
export async function executeAll(executor: Executor, changes: readonly Change[]): Promise<Done[]> {
  const done: Done[] = [];
  for (const change of changes) {
    const outcome = await executeOne(executor, change);
    if ('done' in outcome) {
      done.push(outcome.done);
      continue;
    }
    const undone = await undoAll(executor, done.reverse().map(toChange), outcome.left);
    throw failureError({
      error: outcome.error,
      undoErrors: [...outcome.undoErrors, ...undone.errors],
      left: [...outcome.left, ...undone.left],
    });
  }
  return done;
}

/**
 * Carries out each change that does not need one that failed: what can go back to the host goes, whatever the others do.
 *
 * @throws {HostdevError} the first failure, with all others in its message and in `details.errors`.
 */
export async function executeEach(executor: Executor, changes: readonly Change[]): Promise<Done[]> {
  const done: Done[] = [];
  const failed = new Set<string>();
  const errors: unknown[] = [];
  const undoErrors: unknown[] = [];
  const left: Left[] = [];
  for (const change of changes) {
    const names = functionsOf(change);
    if (names.some((name) => failed.has(name))) continue;
    const outcome = await executeOne(executor, change);
    if ('done' in outcome) {
      done.push(outcome.done);
      continue;
    }
    for (const name of names) failed.add(name);
    errors.push(outcome.error);
    undoErrors.push(...outcome.undoErrors);
    left.push(...outcome.left);
  }
  const [error, ...others] = errors;
  if (errors.length > 0) throw failureError({ error, others, undoErrors, left });
  return done;
}

function toChange({ change }: Done): Change {
  return change;
}

/** One change from begin to end. When it fails half-way, what is there is taken back inside its record: that ends as undone then. */
async function executeOne(executor: Executor, change: Change): Promise<Outcome> {
  const { target, recorder, options } = executor;
  if (options.signal?.aborted === true) {
    return { error: new HostdevError('interrupted', 'interrupted; nothing is left half done'), undoErrors: [], left: [] };
  }
  const kind = kindOf(target, change.verb);
  const doing = { target, change, options, code: kind.code };
  let id: string;
  try {
    id = await recorder.begin(change);
  } catch (error) {
    return { error, undoErrors: [], left: [] };
  }
  announce(change, options);
  let carried = 0;
  try {
    if (change.afterGuest === true) await waitUntilLetGo(executor, change.subject);
    // Whether its interface comes up again is not what a move of drivers is for.
    for (const step of change.steps.filter(({ kind: each }) => each !== 'link up')) {
      await carryOut(doing, [step]);
      carried += 1;
    }
    const after = await waitUntilReached(target.port, kind, change, change.wanted);
    const warnings = await tryAll(
      doing,
      change.steps.filter((step) => step.kind === 'link up'),
    );
    await recorder.done(id, after);
    return { done: { change, after, warnings } };
  } catch (error) {
    // While the kernel or libvirt still works on it, nothing that is undone would stay undone.
    if (isStuck(error)) return { error, undoErrors: [], left: [{ change, now: undefined }] };
    // What QEMU refused is not there, and a device of the same name is somebody else's.
    if (carried === 0 && isRefused(error)) {
      await recorder.undone(id, change.before, messageOf(error));
      return { error, undoErrors: [], left: [] };
    }
    return rollBack(executor, change, { id, error });
  }
}

/** Takes back what there is of a change that failed. */
async function rollBack(executor: Executor, change: Change, { id, error }: { readonly id: string; readonly error: unknown }): Promise<Outcome> {
  const { target, recorder } = executor;
  const { signal: _, ...options } = executor.options;
  const doing = { target, change, options };
  const undoErrors = await goTo(doing, change.before);
  const now = await readNow(doing);
  // Only what is seen to be undone is called so. Anything between stays open, for recover.
  if (now === 'unknown' || (now !== undefined && !isReached(kindOf(target, change.verb), now, change.before))) {
    return { error, undoErrors, left: [{ change, now: now === 'unknown' ? undefined : now }] };
  }
  await recorder.undone(id, now ?? {}, messageOf(error));
  return { error, undoErrors: [...undoErrors, ...(await returnMoved(executor, change.steps))], left: [] };
}

function isRefused(error: unknown): boolean {
  return error instanceof HostdevError && error.code === 'qmp-refused';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
