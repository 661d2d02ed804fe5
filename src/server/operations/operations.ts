/** Operations of this server: each carries one plan out, once. */
import { randomBytes } from 'node:crypto';
import { type ErrorCode, exitStatus, HostdevError, type Problem } from '../../errors.ts';
import type { StepEvent } from '../../plan/step-event.ts';
import { envelope, jsonProblem } from '../../json/contract/envelope.ts';
import type { Change } from '../../plan/change.ts';
import type { Operation } from '../api/operation.ts';
import type { Answer } from '../api/plan.ts';
import type { ServedHost } from '../host.ts';
import { commandOf } from '../plans/command-line.ts';
import { guestTimeoutMs } from '../plans/guest-use-cases.ts';
import { type KeptPlan, requireSamePlan, stale } from '../plans/plans.ts';
import { runWish } from '../plans/run-wish.ts';
import type { Outcome } from '../plans/use-case.ts';
import type { Caller } from '../sign-in/sessions.ts';
import { waitingChanges, withEvent } from './live-changes.ts';

/** Those that have ended make room. */
const MOST = 100;

export interface Operations {
  /** Latest first. */
  readonly list: () => readonly Operation[];
  /** @throws {HostdevError} `operation-unknown`. */
  readonly require: (id: string) => Operation;
  /**
   * Carries a plan out; the same operation again where it is carried out already. Comes back once the first step may be done: what keeps the plan from
   * being carried out at all is refused here, and leaves neither an operation nor a record.
   *
   * @throws {HostdevError} `plan-stale`, `busy`, and whatever else is refused.
   */
  readonly apply: (kept: KeptPlan, caller: Caller) => Promise<Operation>;
  /** @throws {HostdevError} `operation-unknown`, `operation-ended`. */
  readonly stop: (id: string) => Operation;
  /** Stops all of them, and waits until what had begun is undone or ended. */
  readonly close: () => Promise<void>;
}

interface Kept {
  operation: Operation;
  readonly stopping: AbortController;
  ended: Promise<void>;
}

interface Told {
  readonly onChange: (operation: Operation) => void;
  /** Waited for before an operation is told to have ended: who hears of it sees what it has made. */
  readonly onEnd: () => Promise<unknown>;
}

export function operations(host: ServedHost, told: Told): Operations {
  const all = new Map<string, Kept>();
  const ofPlan = new Map<string, Promise<Kept>>();
  /** Those that may still change something, also before their first step. */
  const alive = new Set<Kept>();
  let isClosing = false;

  const requireKept = (id: string): Kept => {
    const found = all.get(id);
    if (found !== undefined) return found;
    throw new HostdevError('operation-unknown', `there is no operation ${JSON.stringify(id)}`, {
      subject: id,
      hint: 'operations end with the server; the history has what became of it, and what was interrupted can be recovered',
    });
  };

  const keep = (kept: Kept): void => {
    const old = [...all].find(([, { operation }]) => operation.ended !== null);
    if (all.size >= MOST && old !== undefined) {
      all.delete(old[0]);
      ofPlan.delete(old[1].operation.plan);
    }
    all.set(kept.operation.id, kept);
    told.onChange(kept.operation);
  };

  const begin = async (kept: KeptPlan, caller: Caller): Promise<Kept> => {
    const made: Kept = { operation: newOperation(kept, caller), stopping: new AbortController(), ended: Promise.resolve() };
    const change = (more: Partial<Operation>): void => {
      made.operation = { ...made.operation, ...more };
      if (all.has(made.operation.id)) told.onChange(made.operation);
    };
    alive.add(made);
    await new Promise<void>((resolve, reject) => {
      let hasBegun = false;
      const begun = (): void => {
        if (hasBegun) return;
        hasBegun = true;
        keep(made);
        resolve();
      };
      made.ended = carryOut(host, { kept, caller, signal: made.stopping.signal }, { change, begun, now: () => made.operation }).then(
        async (ending) => {
          begun();
          await told.onEnd().catch(() => undefined);
          return change(ending);
        },
        async (error: unknown) => {
          if (!hasBegun) return reject(error);
          // Whoever stops it from now on comes too late.
          const ending = failed(made.operation, error);
          await told.onEnd().catch(() => undefined);
          return change(ending);
        },
      );
      void made.ended.finally(() => alive.delete(made));
    });
    return made;
  };

  return {
    list: () => [...all.values()].map(({ operation }) => operation).reverse(),
    require: (id) => requireKept(id).operation,
    apply: async (kept, caller) => {
      if (isClosing) throw new HostdevError('interrupted', 'the server is ending, and begins nothing any more', { hint: 'start it again, and plan again' });
      const { id } = kept.plan;
      const before = ofPlan.get(id);
      if (before !== undefined) return (await before).operation;
      const beginning = begin(kept, caller);
      ofPlan.set(id, beginning);
      try {
        return (await beginning).operation;
      } catch (error) {
        // Nothing was done: it may be tried again.
        ofPlan.delete(id);
        throw error;
      }
    },
    stop: (id) => {
      const kept = requireKept(id);
      if (kept.operation.ended !== null) throw new HostdevError('operation-ended', 'the operation has ended already', { subject: id, hint: 'undo it' });
      kept.stopping.abort();
      kept.operation = { ...kept.operation, state: 'stopping' };
      told.onChange(kept.operation);
      return kept.operation;
    },
    close: async () => {
      isClosing = true;
      for (const { stopping } of alive) stopping.abort();
      await Promise.all([...alive].map(({ ended }) => ended));
    },
  };
}

function newOperation({ plan }: KeptPlan, { by, from }: Caller): Operation {
  return {
    ...{ id: randomBytes(12).toString('base64url'), plan: plan.id, wish: plan.wish, command: plan.command, by, from },
    ...{ state: 'running', began: new Date().toISOString(), ended: null, progress: null, until: null },
    ...{ changes: waitingChanges(plan.changes), changed: null, answer: null, problems: [] },
  };
}

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
}

/** Recovering has no plan of steps: whoever has the lock is met at once. */
const RECOVER_BEGINS_MS = 500;

async function carryOut(host: ServedHost, { kept, caller, signal }: Doing, { change, begun, now }: Follower): Promise<Partial<Operation>> {
  const { wish } = kept;
  const losses: Problem[] = [];
  let plans = 0;
  const onStep = (event: StepEvent): void => {
    const time = new Date();
    change({ changes: withEvent(now().changes, event, time.toISOString()), until: untilOf(kept, event, time) });
  };
  const timer = wish.verb === 'recover' ? setTimeout(begun, RECOVER_BEGINS_MS) : undefined;
  try {
    const outcome = await runWish(host, wish, {
      ...{ dryRun: false, signal, onStep, by: `${caller.by}, over the page from ${caller.from}` },
      onLoss: (loss) => void losses.push(loss),
      onProgress: (progress) => change({ progress }),
      onPlan: (changes: readonly Change[]) => {
        requireSamePlan(kept, changes, losses);
        plans += 1;
        // The second one is made under the lock, and nothing is between it and the first step.
        if (plans === 2) begun();
      },
    });
    return done(kept, outcome, losses);
  } catch (error) {
    throw plans < 2 ? refusedNow(kept, error) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** What was planned is refused now: the host is not what it was when it could be planned, unless it is not the plan that is in the way. */
function refusedNow({ wish, changes }: KeptPlan, error: unknown): unknown {
  if (!(error instanceof HostdevError) || wish.verb === 'recover' || IN_THE_WAY.has(error.code)) return error;
  const { code, message, details } = error;
  const others = [error.toProblem(), ...error.others];
  const because = code === 'guest-changed' ? message : `what was planned cannot be done any more: ${message}`;
  return stale(because, { before: changes, now: [] }, { others, evidence: details['evidence'] });
}

const IN_THE_WAY: ReadonlySet<ErrorCode> = new Set([
  ...(['plan-stale', 'busy', 'recovery-needed', 'not-root', 'interrupted', 'internal', 'lock-impossible', 'lock-lost'] as const),
  ...(['journal-unreadable', 'journal-unwritable', 'journal-damaged', 'journal-newer'] as const),
  ...(['libvirt-uri', 'libvirt-unreachable', 'libvirt-auth', 'libvirt-closed', 'libvirt-timeout'] as const),
]);

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

function failed(operation: Operation, error: unknown): Partial<Operation> {
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
