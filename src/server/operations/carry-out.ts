/** One operation from its plan to its end: what is told while it runs, and what keeps it from beginning. */
import { exitStatus, HostdevError, leavesPlan, type Problem } from '../../errors.ts';
import { envelope, jsonProblem } from '../../json/contract/envelope.ts';
import type { StepEvent } from '../../plan/step-event.ts';
import type { Transition } from '../../plan/transition.ts';
import type { Operation } from '../api/operation.ts';
import type { Answer } from '../api/plan.ts';
import type { ServedHost } from '../host.ts';
import { commandOf } from '../plans/command-line.ts';
import { guestTimeoutMs } from '../plans/guest-use-cases.ts';
import { shownChange } from '../plans/plan-changes.ts';
import { type KeptPlan, requireSamePlan, stale } from '../plans/plans.ts';
import { runWish } from '../plans/run-wish.ts';
import type { Outcome } from '../plans/use-case.ts';
import type { Caller } from '../sign-in/sessions.ts';
import { withEvent, withTurn } from './live-changes.ts';

interface Doing {
  readonly kept: KeptPlan;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

interface Follower {
  readonly change: (more: Partial<Operation>) => void;
  /** Called once, when nothing keeps the plan from being carried out any more. */
  readonly begun: () => void;
  readonly now: () => Operation;
  /** What was done and not undone. */
  readonly done: Set<Transition>;
}

/** Carries the plan of an operation out, and gives how it ended. */
export async function carryOut(host: ServedHost, { kept, caller, signal }: Doing, { change, begun, now, done: made }: Follower): Promise<Partial<Operation>> {
  const { wish } = kept;
  const losses: Problem[] = [];
  let plans = 0;
  const onStep = (event: StepEvent): void => {
    const time = new Date();
    // What is recovered leads to where a change began or was to end: neither is undone by going back to the middle.
    if (wish.verb !== 'recover') keepDone(made, event);
    change({ changes: withEvent(now().changes, event, time.toISOString()), until: untilOf(kept, event, time) });
  };
  try {
    const outcome = await runWish(host, wish, {
      ...{ dryRun: false, signal, onStep, by: `${caller.by}, over the page from ${caller.from}` },
      onLoss: (loss) => void losses.push(loss),
      onProgress: (progress) => change({ progress }),
      onTurn: (changes) => change({ changes: withTurn(now().changes, changes.map(shownChange)) }),
      onPlan: (changes, later = []) => {
        requireSamePlan(kept, { changes, later, losses });
        plans += 1;
        // The second one is made under the lock, and nothing is between it and the first step.
        if (plans === 2) begun();
      },
    });
    return done(kept, outcome, losses);
  } catch (error) {
    throw plans < 2 ? refusedNow(kept, error) : error;
  }
}

function keepDone(done: Set<Transition>, { change, step, state }: StepEvent): void {
  if (step !== undefined) return;
  if (state === 'done') done.add(change);
  else done.delete(change);
}

/** What was planned is refused now: the host is not what it was when it could be planned, unless it is not the plan that is in the way. */
function refusedNow({ changes }: KeptPlan, error: unknown): unknown {
  if (!(error instanceof HostdevError) || leavesPlan(error.code)) return error;
  const { code, message, details } = error;
  const others = [error.toProblem(), ...error.others];
  const because = code === 'guest-changed' ? message : `what was planned cannot be done any more: ${message}`;
  return stale(because, { before: changes, now: [] }, { others, evidence: details['evidence'] });
}

/** Until when a guest has to let go. */
function untilOf({ wish }: KeptPlan, { state, step }: StepEvent, time: Date): string | null {
  if (step?.kind !== 'detach' || step.on !== 'guest' || state !== 'doing') return null;
  const given = 'timeoutSeconds' in wish ? { timeoutSeconds: wish.timeoutSeconds } : {};
  return new Date(time.getTime() + guestTimeoutMs(given)).toISOString();
}

function done({ plan, wish }: KeptPlan, { items, todo = [], notes = [] }: Outcome, losses: readonly Problem[]): Partial<Operation> {
  const problems = [...losses, ...notes];
  const isStuck = problems.some(({ severity }) => severity === 'error');
  const ending = { command: commandOf(wish), exitStatus: isStuck ? 1 : 0, dryRun: false } as const;
  const answer = envelope({ items, todo, changed: plan.changed, problems }, ending) as Answer;
  const ended = new Date().toISOString();
  return { state: isStuck ? 'failed' : 'done', ended, progress: null, until: null, changed: answer.changed, answer, problems: problems.map(jsonProblem) };
}

/** How an operation ends that has failed, or was stopped. */
export function failed(operation: Operation, error: unknown): Partial<Operation> {
  const problem: HostdevError =
    error instanceof HostdevError ? error : new HostdevError('internal', 'the server has a bug; its log says more', { cause: error });
  const problems = [problem.toProblem(), ...problem.others, ...(problem.aftermath?.problems ?? [])];
  const changed = problem.aftermath?.changed ?? false;
  // What is neither done nor undone was not stopped.
  const isStopped = operation.state === 'stopping' && !problems.some(({ code }) => code === 'stuck');
  const ending = { command: commandOf(operation.wish), exitStatus: exitStatus(problem.code), dryRun: false } as const;
  return {
    ...{ state: isStopped ? 'stopped' : 'failed', ended: new Date().toISOString(), progress: null, until: null, changed },
    answer: envelope({ items: [], todo: [], changed, problems }, ending) as Answer,
    problems: problems.map(jsonProblem),
  };
}
