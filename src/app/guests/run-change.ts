/** Changing a guest: plan, show, ask, plan again under the lock, carry out. */
import { executeAll } from '../../execute/executor.ts';
import { doneBefore } from '../../execute/failure.ts';
import { withDrivers } from '../../execute/load-drivers.ts';
import type { Session } from '../../execute/session.ts';
import type { GuestPort } from '../../guest/port.ts';
import type { Change, Done } from '../../plan/change.ts';
import { type GuestPlan, type GuestReport, partOf, requireUnchanged } from '../../plan/guest-plan.ts';
import { requireSameGuest, requireSameRun } from '../../plan/guest-scope.ts';
import type { GuestState } from '../../state/guest-state.ts';
import type { Scope } from '../../plan/guest-scope.ts';
import type { Problem } from '../../errors.ts';
import { type Agree, requireAgreement } from '../agreement.ts';
import { requireRoot, withGuestExecutor } from '../change-options.ts';
import type { AppContext } from '../context.ts';
import { viewing } from '../host-view.ts';
import { tellingOnce } from '../losses.ts';
import type { ObservedOptions } from '../observed.ts';
import { waiting, type WaitOptions } from '../wait.ts';
import type { Executor } from '../../execute/target.ts';

export interface GuestChangeOptions extends WaitOptions, ObservedOptions {
  readonly scope: Scope;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** What --force loses, told before anything is done. */
  readonly onLoss?: ((loss: Problem) => void) | undefined;
  /** Milliseconds that a guest has to let something go. */
  readonly timeoutMs: number;
  /** Milliseconds that whoever has one of the functions of a change that failed has at least, before it is called stuck. */
  readonly leastWaitMs?: number | undefined;
  readonly agree?: Agree<GuestPlan> | undefined;
  /** What was done, where the rest could not be; told before that is. */
  readonly onPartly?: ((done: GuestReport) => void) | undefined;
  readonly stateDirectory?: string | undefined;
  /** Of a host of a fleet: that claims stay with guests that give their functions back. */
  readonly keepClaims?: boolean | undefined;
}

/** A change of a guest, planned: what is shown is what is carried out. */
export interface PlannedGuestChange {
  readonly shown: GuestPlan;
  readonly changes: readonly Change[];
  readonly guest: GuestPort;
}

/** What one use case is made of. */
export interface GuestChange<P extends PlannedGuestChange> {
  /** What it sees of the host it sees once. */
  readonly plan: (view: AppContext, options: GuestChangeOptions) => Promise<P>;
  /**
   * Refuses a plan that is not the one that was shown.
   *
   * @throws {HostdevError} `guest-changed`.
   */
  readonly requireSame: (shown: P, now: P) => void;
  /** The same for a plan that nobody was shown, as far as it matters then. */
  readonly requireSameRun?: (first: P, now: P) => void;
  /** Whether guest and functions are those of this machine. */
  readonly isLocal: boolean;
  readonly execute?: (executor: Executor, changes: readonly Change[]) => Promise<Done[]>;
}

interface OfGuest {
  readonly state: GuestState;
  readonly shown: GuestPlan;
}

/** What stays the same for changes whose plan says which drivers the functions come from and go to: the guest, and every step. */
export const SAME_GUEST_AND_STEPS = {
  requireSame: (first: OfGuest, now: OfGuest): void => {
    requireSameGuest(first.state, now.state);
    requireUnchanged(now.shown, first.shown.steps, now.shown.steps);
  },
  requireSameRun: (first: OfGuest, now: OfGuest): void => requireSameRun(first.state, now.state),
};

/** Plans, shows, asks and carries out; a dry run ends when it has shown. */
export async function runGuestChange<P extends PlannedGuestChange>(
  context: AppContext,
  options: GuestChangeOptions,
  { plan, requireSame, requireSameRun, isLocal, execute = executeAll }: GuestChange<P>,
): Promise<GuestReport> {
  const told = tellingOnce(options);
  // Somebody who holds a function may let it go, before a plan can be made as well as after.
  const began = Date.now();
  const first = await waiting(options, () => plan(viewing(context), told));
  const left = { ...options, waitMs: (options.waitMs ?? 0) - (Date.now() - began) };
  options.onPlan?.(first.changes);
  if (options.dryRun) return { ...first.shown, applied: false };
  // Where all is as asked for, nobody is asked and nothing is done.
  if (first.changes.length === 0) return { ...first.shown, applied: true };
  await requireAgreement(first.shown, options.agree, { verb: first.shown.verb, subject: first.shown.guest });
  const act = async (executor: Executor): Promise<GuestReport> => {
    // Somebody may have been at the guest or at the host since; only who was shown a plan agreed to that one and no other.
    const again = (loaded?: ReadonlySet<string>): Promise<P> => plan(viewing({ ...context, loaded }), told);
    const now = await again();
    options.onPlan?.(now.changes);
    if (options.agree === undefined) requireSameRun?.(first, now);
    else requireSame(first, now);
    const ready = await withDrivers(context.port, now, again);
    if (ready !== now) options.onPlan?.(ready.changes);
    const { guest, changes, shown } = ready;
    try {
      await execute({ ...executor, target: { port: context.port, guestOf: async () => guest } }, changes);
    } catch (error) {
      const done = doneBefore(error).map(({ change }) => change);
      if (done.length > 0) options.onPartly?.(partOf(shown, done));
      throw error;
    }
    return { ...shown, applied: true };
  };
  if (first.changes.some(({ verb }) => verb === 'prepare' || verb === 'release')) requireRoot(context, first.shown.verb);
  return withGuestExecutor(context, { ...sessionOf(context, options, first.guest), isLocal, wait: left }, act);
}

function sessionOf({ port }: AppContext, options: GuestChangeOptions, guest: GuestPort): Session {
  const { timeoutMs, leastWaitMs, signal, onProgress, onStep, stateDirectory, by, keepClaims } = options;
  const execute = { timeoutMs, leastWaitMs, signal, onProgress, onStep, keepClaims };
  return { target: { port, guestOf: async () => guest }, options: execute, directory: stateDirectory, by };
}
