/** The one thing that changes anything: journal, steps, look; or everything undone in reverse, and every failure told. */
import { HostdevError } from '../errors.ts';
import { type Change, type Done, functionsOf, subjectsOf } from '../plan/change.ts';
import { parseSysfsName } from '../pci/sysfs-name.ts';
import { leavingGuest } from '../plan/leaving-guest.ts';
import type { State } from '../plan/transition.ts';
import { carryOut, tryAll } from './carry-out.ts';
import { type ClaimsInHand, claimsInHand } from './claims.ts';
import { isReached, waitUntilReached } from './change.ts';
import { failureError, isLockLost, isStuck, type Left } from './failure.ts';
import { goTo, readNow } from './go-to.ts';
import { kindOf } from './kinds.ts';
import { announce } from './progress.ts';
import { endRecord } from './recorder.ts';
import type { Executor } from './target.ts';
import { isLost, NOTHING_LEFT, returnMoved, undoAll, type Undone, waitUntilLetGo } from './undo.ts';

/** How a change ended; `unwritten` is what kept the journal from saying so. */
type Outcome = { readonly done: Done } | (Undone & { readonly error: unknown });

/**
 * Carries a plan out: all of its changes, or none.
 *
 * @throws {HostdevError} what went wrong first; `stuck` when something could not be undone. The message has every failure then, and
 * `details.left` what is left how.
 */
export async function executeAll(executor: Executor, changes: readonly Change[]): Promise<Done[]> {
  return executeInTurn(executor, [async () => changes]);
}

/** A plan, made when it is its turn. */
export type PlanInTurn = () => Promise<readonly Change[]>;

/**
 * Carries plans out, each made when all before it are done: all of their changes, or none. A plan that cannot be made is a failure as any other.
 *
 * @throws {HostdevError} as {@link executeAll}.
 */
export async function executeInTurn(executor: Executor, plans: readonly PlanInTurn[]): Promise<Done[]> {
  const done: Done[] = [];
  const claims = claimsInHand(executor);
  for await (const outcome of outcomesOf(executor, plans, claims)) {
    if ('done' in outcome) {
      done.push(outcome.done);
      continue;
    }
    const undone = await undoAll(executor, done.reverse().map(toChange), outcome);
    await claims.end({ done: [], left: [...outcome.left, ...undone.left].map(({ change }) => change) });
    throw failureError({
      error: outcome.error,
      others: [...outcome.unwritten, ...undone.unwritten],
      undoErrors: [...outcome.errors, ...undone.errors],
      left: [...outcome.left, ...undone.left],
    });
  }
  await claims.end({ done: done.map(toChange), left: [] });
  return done;
}

/** How each change of these plans ended, one after the other; whoever asks stops at the first that failed. */
async function* outcomesOf(executor: Executor, plans: readonly PlanInTurn[], claims: ClaimsInHand): AsyncGenerator<Outcome> {
  let letGo: readonly string[] = [];
  for (const plan of plans) {
    let changes: readonly Change[] = [];
    let holding = executor;
    try {
      // Who still has it open would be refused by the next plan: a guest closes it a moment after it has said that it is gone.
      for (const name of letGo) await waitUntilLetGo(executor, name).catch(unlessHeld);
      changes = await plan();
      holding = await claims.hold(changes);
    } catch (error) {
      yield { ...NOTHING_LEFT, error };
    }
    // A device of a pool is named by its MAC address.
    letGo = changes.flatMap(leavingGuest).filter((name) => parseSysfsName(name) !== undefined);
    for (const change of changes) yield await executeOne(holding, change);
  }
}

/** Whoever needs it says so. */
function unlessHeld(error: unknown): void {
  if (!isStuck(error)) throw error;
}

/**
 * Carries out each change that does not need one that failed: what can go back to the host goes, whatever the others do.
 *
 * @throws {HostdevError} the first failure, with all others in its message and in `details.errors`; `details.done` is what was done.
 */
export async function executeEach(executor: Executor, changes: readonly Change[]): Promise<Done[]> {
  const done: Done[] = [];
  const failed = new Set<string>();
  const errors: unknown[] = [];
  const undoErrors: unknown[] = [];
  const left: Left[] = [];
  const untried = new Set(changes);
  const claims = claimsInHand(executor);
  const holding = await claims.hold(changes);
  for (const change of changes) {
    untried.delete(change);
    const names = functionsOf(change);
    if (names.some((name) => failed.has(name))) continue;
    const outcome = await executeOne(holding, change);
    if ('done' in outcome) {
      done.push(outcome.done);
      continue;
    }
    for (const name of names) failed.add(name);
    errors.push(outcome.error, ...outcome.unwritten);
    undoErrors.push(...outcome.errors);
    left.push(...outcome.left);
    // Whatever else was asked for would only be refused for the same reason.
    if (isLost(outcome)) break;
  }
  await claims.end({ done: done.map(toChange), left: left.map(({ change }) => change) });
  const [error, ...others] = errors;
  if (errors.length > 0) throw failureError({ error, others, undoErrors, left, done, untried: [...untried] });
  return done;
}

function toChange({ change }: Done): Change {
  return change;
}

/** One change from begin to end. When it fails half-way, what is there is undone inside its record: that ends as undone then. */
async function executeOne(executor: Executor, change: Change): Promise<Outcome> {
  const { recorder, options } = executor;
  if (options.signal?.aborted === true)
    return { ...NOTHING_LEFT, error: new HostdevError('interrupted', 'interrupted; nothing is left half done', { subject: subjectsOf(change)[0] }) };
  let id: string;
  try {
    id = await recorder.begin(change);
  } catch (error) {
    return { ...NOTHING_LEFT, error };
  }
  announce(change, options);
  options.onStep?.({ change, state: 'doing' });
  const progress: Progress = { carried: 0 };
  let done: Done;
  try {
    done = await carryOutChange(executor, change, progress);
  } catch (error) {
    return undoFailed(executor, change, { id, error: withSubject(error, change), carried: progress.carried });
  }
  const unwritten = await endRecord(recorder.done(id, done.after));
  // Its record is open still: what nobody will know to be done is not left so.
  if (unwritten.length > 0) return undoFailed(executor, change, { id, error: unwritten[0], carried: progress.carried });
  options.onStep?.({ change, state: 'done' });
  return { done };
}

/** What libvirt, QEMU or the kernel says of a step names nobody: it is said of the function that the change is of. */
function withSubject(error: unknown, change: Change): unknown {
  if (!(error instanceof HostdevError) || error.subject !== undefined) return error;
  return new HostdevError(error.code, error.message, { ...error, subject: subjectsOf(change)[0], cause: error });
}

/** How many of its steps a change has behind it. */
interface Progress {
  carried: number;
}

async function carryOutChange(executor: Executor, change: Change, progress: Progress): Promise<Done> {
  const { target, recorder, options } = executor;
  const kind = kindOf(target, change.verb);
  const doing = { target, change, options, code: kind.code };
  if (change.afterGuest === true) {
    await waitUntilLetGo(executor, change.subject);
    await recorder.requireHeld();
  }
  // Whether its interface comes up again is not what a move of drivers is for.
  for (const step of change.steps.filter(({ kind: each }) => each !== 'link up')) {
    await carryOut(doing, [step]);
    progress.carried += 1;
  }
  const after = await waitUntilReached(target.port, kind, change, change.wanted);
  const links = change.steps.filter((step) => step.kind === 'link up');
  return { change, after, warnings: await tryAll(doing, links) };
}

/** A change that failed, and how far it had come. */
interface FailedChange extends Progress {
  readonly id: string;
  readonly error: unknown;
}

/** Undoes what there is of a change that failed, and tells of it. */
async function undoFailed(executor: Executor, change: Change, failed: FailedChange): Promise<Outcome> {
  const { onStep } = executor.options;
  onStep?.({ change, state: 'undoing' });
  const outcome = await undoInRecord(executor, change, failed);
  onStep?.({ change, state: 'left' in outcome && outcome.left.length > 0 ? 'left' : 'undone' });
  return outcome;
}

async function undoInRecord(executor: Executor, change: Change, { id, error, carried }: FailedChange): Promise<Outcome> {
  const { target, recorder } = executor;
  const { signal: _, ...options } = executor.options;
  const doing = { target, change, options };
  const isBefore = (now: State | undefined): boolean => now === undefined || isReached(kindOf(target, change.verb), now, change.before);
  // While the kernel or libvirt still works on it, nothing that is undone would stay undone.
  if (isStuck(error)) return { ...NOTHING_LEFT, error, left: [{ change, now: undefined }] };
  // Without the lock the host is somebody else's to change.
  const lost = isLockLost(error) ? [error] : await endRecord(recorder.requireHeld());
  if (lost.length > 0) {
    const now = await readNow(doing);
    const left = now === 'unknown' ? [{ change, now: undefined }] : isBefore(now) ? [] : [{ change, now }];
    return { error, errors: [], unwritten: lost.filter((each) => each !== error), left };
  }
  const undone = (now: State): Promise<unknown[]> => endRecord(recorder.undone(id, now, messageOf(error)));
  // QEMU has added nothing of what it refused: a device of the same name is somebody else's, and stays.
  if (carried === 0 && isRefused(error)) {
    const now = await readNow(doing);
    return { ...NOTHING_LEFT, error, unwritten: await undone(now === undefined || now === 'unknown' ? change.before : now) };
  }
  const errors = await goTo(doing, change.before);
  const now = await readNow(doing);
  // Only what is seen to be undone is called so. Anything between stays open, for recover.
  if (now === 'unknown' || !isBefore(now)) return { error, errors, unwritten: [], left: [{ change, now: now === 'unknown' ? undefined : now }] };
  const unwritten = await undone(now ?? {});
  return { error, errors: [...errors, ...(await returnMoved(executor, change.steps))], unwritten, left: [] };
}

function isRefused(error: unknown): boolean {
  return error instanceof HostdevError && error.code === 'qmp-refused';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
