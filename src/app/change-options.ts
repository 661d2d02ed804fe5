/** What commands that change the host have in common. */
import { HostdevError, type Problem } from '../errors.ts';
import { executeAll } from '../execute/executor.ts';
import { doneBefore } from '../execute/failure.ts';
import { withDrivers } from '../execute/load-drivers.ts';
import { type Session, unrecordedExecutor, withExecutor } from '../execute/session.ts';
import { type Executor, hostOnly } from '../execute/target.ts';
import type { Change, Done } from '../plan/change.ts';
import type { AppContext } from './context.ts';
import { viewing } from './host-view.ts';
import type { ObservedOptions } from './observed.ts';
import { waiting, type WaitOptions } from './wait.ts';

export interface ChangeOptions extends WaitOptions, ObservedOptions {
  readonly dryRun: boolean;
  /** Take what the host uses; what a guest holds is never taken. */
  readonly force?: boolean | undefined;
  /** What --force loses, told before anything is done. */
  readonly onLoss?: ((loss: Problem) => void) | undefined;
  /** Where the journal is; that of this machine when missing. */
  readonly stateDirectory?: string | undefined;
}

/** What is to be changed of the host; some of the changes may have no steps. */
export interface HostPlan {
  readonly changes: readonly Change[];
}

/** What a command that changes the host is made of. */
export interface HostChange<P extends HostPlan, R> {
  /** Looks and checks; refuses what must not be done. What it sees of the host it sees once. */
  readonly plan: (view: AppContext) => Promise<P>;
  /** What was done; what would be done, as the report of a dry run or of a plan without steps, where `done` is missing. */
  readonly report: (plan: P, done?: readonly Done[]) => R | Promise<R>;
  readonly execute?: (executor: Executor, changes: readonly Change[]) => Promise<readonly Done[]>;
  /** The report of what was done all the same, where something else failed; told before that is. */
  readonly onPartly?: ((report: R) => void) | undefined;
}

/**
 * Plans, and plans again under the lock before anything is written: between the two somebody else may have been there.
 * A dry run ends after the first plan.
 *
 * @throws {HostdevError} `not-root`, `busy`, `recovery-needed`, and whatever planning and applying refuse.
 */
export async function changeHost<P extends HostPlan, R>(
  context: AppContext,
  verb: string,
  options: ChangeOptions,
  { plan, report, execute = executeAll, onPartly }: HostChange<P, R>,
): Promise<R> {
  return waiting(options, async () => {
    // Without root some disks cannot be looked at, so what a plan would say is not the point.
    if (!options.dryRun) requireRoot(context, verb);
    const again = (loaded?: ReadonlySet<string>): Promise<P> => plan(viewing({ ...context, loaded }));
    const first = await again();
    options.onPlan?.(stepping(first));
    if (options.dryRun || stepping(first).length === 0) return report(first);
    const { stateDirectory, signal, onProgress, onStep, by } = options;
    // How long a guest has does not matter where no guest is part of a change.
    const session = { target: hostOnly(context.port), options: { timeoutMs: 0, signal, onProgress, onStep }, directory: stateDirectory, by };
    return withExecutor(session, async (executor) => {
      const now = await again();
      options.onPlan?.(stepping(now));
      const ready = await withDrivers(context.port, now, again);
      if (ready !== now) options.onPlan?.(stepping(ready));
      try {
        return await report(ready, await execute(executor, stepping(ready)));
      } catch (error) {
        const done = doneBefore(error);
        if (done.length > 0) onPartly?.(await report(ready, done));
        throw error;
      }
    });
  });
}

/** The changes that there is something to do for. */
function stepping({ changes }: HostPlan): Change[] {
  return changes.filter(({ steps }) => steps.length > 0);
}

/** @throws {HostdevError} `not-root`. */
export function requireRoot({ isRoot }: AppContext, verb: string, hint = 'run it with sudo, or add --dry-run to see what it would do'): void {
  if (!isRoot) throw new HostdevError('not-root', `'${verb}' changes the host and needs root`, { hint });
}

/** A change of a guest, or of its daemon, that is to be carried out. */
interface GuestSession extends Session {
  /** Whether guest and functions are those of this machine. */
  readonly isLocal: boolean;
  /** How long another hostdev is waited for; not at all when missing. */
  readonly wait?: WaitOptions | undefined;
}

/**
 * Carries a change out, under the lock and with the journal where it is recorded. The journal is this host's and root's: changes of guests
 * elsewhere, and those of members of the group libvirt, are undone by this process or not at all.
 */
export function withGuestExecutor<T>({ port, isRoot, claims }: AppContext, given: GuestSession, act: (executor: Executor) => Promise<T>): Promise<T> {
  const { isLocal, wait = {}, directory } = given;
  // Functions of another host are that one's to claim.
  const session = isLocal ? { ...given, claims } : given;
  const isRecorded = isLocal && isRoot && (port.live || directory !== undefined);
  return isRecorded ? waiting(wait, () => withExecutor(session, act)) : act(unrecordedExecutor(session));
}
