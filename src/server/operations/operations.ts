/** Operations of this server: each carries one plan out, once. */
import { randomBytes } from 'node:crypto';
import { hasWayBack } from '../../app/undo-transitions.ts';
import { HostdevError } from '../../errors.ts';
import type { Transition } from '../../plan/transition.ts';
import type { Operation } from '../api/operation.ts';
import { toldWish } from '../api/wishes.ts';
import type { ServedHost } from '../host.ts';
import type { KeptPlan } from '../plans/plans.ts';
import type { Caller } from '../sign-in/sessions.ts';
import { carryOut, failed } from './carry-out.ts';
import { waitingChanges } from './live-changes.ts';

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
  /**
   * What operations that have ended have done and not undone, in the order in which they began.
   *
   * @throws {HostdevError} `operation-unknown`; `operation-ended` where there is nothing to undo.
   */
  readonly doneBy: (ids: readonly string[]) => readonly Transition[];
  /** Stops all of them, and waits until what had begun is undone or ended. */
  readonly close: () => Promise<void>;
}

interface Kept {
  operation: Operation;
  readonly stopping: AbortController;
  /** What was done and not undone. */
  readonly done: Set<Transition>;
  ended: Promise<void>;
}

interface Told {
  readonly onChange: (operation: Operation) => void;
  readonly onForgotten: (id: string) => void;
  /** Waited for before an operation is told to have ended: who hears of it sees what it has made. What fails there is told there. */
  readonly onEnd: () => Promise<unknown>;
  /** Told of bugs that an operation has ended by. What keeps one from beginning is thrown instead. */
  readonly onBug: (error: unknown) => void;
}

export function operations(host: ServedHost, told: Told, most = MOST): Operations {
  const all = new Map<string, Kept>();
  /** Also of operations that are forgotten, for as long as the plan is known: none is carried out twice. */
  const ofPlan = new WeakMap<KeptPlan, Promise<Kept>>();
  /** Those that may still change something, also before their first step. */
  const alive = new Set<Kept>();
  /** The one that changes something now: where it is not recorded, no lock keeps others from it. */
  let changing: Kept | undefined;
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
    if (all.size >= most && old !== undefined) {
      all.delete(old[0]);
      told.onForgotten(old[0]);
    }
    all.set(kept.operation.id, kept);
    told.onChange(kept.operation);
  };

  const begin = async (kept: KeptPlan, caller: Caller): Promise<Kept> => {
    const made: Kept = { operation: newOperation(kept, caller), stopping: new AbortController(), done: new Set(), ended: Promise.resolve() };
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
      changing = made;
      const carried = carryOut(host, { kept, caller, signal: made.stopping.signal }, { change, begun, done: made.done, now: () => made.operation });
      made.ended = carried
        .finally(() => (changing = undefined))
        .then(
          async (ending) => {
            begun();
            await told.onEnd().catch(() => undefined);
            return change({ ...ending, undoable: hasWayBack([...made.done]) });
          },
          async (error: unknown) => {
            if (!hasBegun) return reject(error);
            if (!(error instanceof HostdevError)) told.onBug(error);
            // Whoever stops it from now on comes too late.
            const ending = failed(made.operation, error);
            await told.onEnd().catch(() => undefined);
            return change({ ...ending, undoable: hasWayBack([...made.done]) });
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
      const before = ofPlan.get(kept);
      if (before !== undefined) return (await before).operation;
      if (changing !== undefined) throw busy(changing.operation);
      const beginning = begin(kept, caller);
      ofPlan.set(kept, beginning);
      try {
        return (await beginning).operation;
      } catch (error) {
        // Nothing was done: it may be tried again.
        ofPlan.delete(kept);
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
    doneBy: (ids) => {
      const chosen = [...all.values()].filter(({ operation }) => ids.includes(operation.id));
      for (const id of ids) requireUndoable(requireKept(id).operation);
      return chosen.flatMap(({ done }) => [...done]);
    },
    close: async () => {
      isClosing = true;
      for (const { stopping } of alive) stopping.abort();
      await Promise.all([...alive].map(({ ended }) => ended));
    },
  };
}

function busy({ id, command, by, from }: Operation): HostdevError {
  return new HostdevError('busy', `this server is carrying out another change: ${command ?? 'an undo'}, asked for by ${by} from ${from}`, {
    subject: id,
    hint: 'wait until it is done, or stop it',
  });
}

function requireUndoable({ id, ended, undoable }: Operation): void {
  if (undoable) return;
  throw new HostdevError('operation-ended', ended === null ? 'the operation has not ended' : 'the operation has left nothing that could be undone', {
    subject: id,
    hint: ended === null ? 'stop it' : 'plan what is wanted now',
  });
}

function newOperation({ plan }: KeptPlan, { by, from }: Caller): Operation {
  return {
    ...{ id: randomBytes(12).toString('base64url'), plan: plan.id, wish: toldWish(plan.wish), command: plan.command, by, from },
    ...{ state: 'running', began: new Date().toISOString(), ended: null, progress: null, until: null },
    ...{ changes: waitingChanges(plan.changes), undoable: false, changed: null, answer: null, problems: [] },
  };
}
