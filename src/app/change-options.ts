/** What commands that change the host have in common. */
import { HostdevError, type Problem } from '../errors.ts';
import { withExecutor } from '../execute/session.ts';
import { type Executor, hostOnly } from '../execute/target.ts';
import type { AppContext } from './context.ts';
import { viewing } from './host-view.ts';
import { explainError } from './standby.ts';
import { waiting, type WaitOptions } from './wait.ts';

export interface ChangeOptions extends WaitOptions {
  readonly dryRun: boolean;
  /** Take what the host uses; what a guest holds is never taken. */
  readonly force?: boolean | undefined;
  /** What --force loses, told before anything is done. */
  readonly onLoss?: ((loss: Problem) => void) | undefined;
  /** Where the journal is; that of this machine when missing. */
  readonly stateDirectory?: string | undefined;
}

/** What a command that changes the host is made of. */
export interface PlannedChange<P, R> {
  /** Looks and checks; refuses what must not be done. What it sees of the host it sees once. */
  readonly plan: (view: AppContext) => Promise<P>;
  /** Whether there is nothing to change. */
  readonly isIdle: (plan: P) => boolean;
  /** What would happen, as the report of a dry run, or of one that changes nothing. */
  readonly preview: (plan: P) => R | Promise<R>;
  readonly apply: (plan: P, executor: Executor) => Promise<R>;
}

/**
 * Plans, and plans again under the lock before anything is written: between the two somebody else may have been there.
 * A dry run ends after the first plan.
 *
 * @throws {HostdevError} `not-root`, `busy`, `recovery-needed`, and whatever planning and applying refuse.
 */
export async function planned<P, R>(context: AppContext, verb: string, options: ChangeOptions, change: PlannedChange<P, R>): Promise<R> {
  return waiting(options, async () => {
    // Without root some disks cannot be looked at, so what a plan would say is not the point.
    if (!options.dryRun) requireRoot(context, verb);
    const plan = (): Promise<P> =>
      change.plan(viewing(context)).catch(async (error: unknown) => {
        throw await explainError(context, options.stateDirectory, error);
      });
    const first = await plan();
    if (options.dryRun || change.isIdle(first)) return change.preview(first);
    const { stateDirectory, signal, onProgress } = options;
    // How long a guest has does not matter where no guest is part of a change.
    const session = { target: hostOnly(context.port), options: { timeoutMs: 0, signal, onProgress }, directory: stateDirectory };
    return withExecutor(session, async (executor) => change.apply(await plan(), executor));
  });
}

/** @throws {HostdevError} `not-root`. */
export function requireRoot({ isRoot }: AppContext, verb: string, hint = 'run it with sudo, or add --dry-run to see what it would do'): void {
  if (!isRoot) throw new HostdevError('not-root', `'${verb}' changes the host and needs root`, { hint });
}
