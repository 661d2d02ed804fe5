/** What recovering would do, before anything of it is done. */
import type { Change } from '../plan/change.ts';
import type { State, Transition } from '../plan/transition.ts';
import { decideBack, decideRecovery, ENDED_WITH_BOOT, type Ending, ending, hasEndedWithBoot, type Recovery, type Way } from './decide-recovery.ts';
import type { BeginRecord, JournalRecord } from './journal/record.ts';
import { kindOf } from './kinds.ts';
import { readAsToday } from './old-records.ts';
import { openedOnce } from './opened-once.ts';
import { keptWith } from './overtaken.ts';
import { openRecords, type Recoverer } from './recover.ts';
import { interruptedWholes, type PartDone } from './recover-wholes.ts';
import type { ExecutionTarget } from './target.ts';

/** A change that was interrupted, and how it would end. */
export interface PlannedRecovery {
  /** The change as it was begun. */
  readonly begun: Transition;
  readonly outcome: Recovery['outcome'];
  /** The subject as it is; undefined where it cannot be looked at. */
  readonly now: State | undefined;
  readonly reason: string | undefined;
  /** From where it is to where it is brought, without steps where only its record is closed; undefined where it cannot be brought to an end. */
  readonly change: Change | undefined;
}

/** Plans what {@link recover} would do of each change that is open. */
export async function planRecovery(records: readonly JournalRecord[], recoverer: Recoverer): Promise<PlannedRecovery[]> {
  const plans: PlannedRecovery[] = [];
  for (const record of openRecords(records)) plans.push(await planOne(recoverer, record, readAsToday(record, records)));
  for (const { done } of interruptedWholes(records, recoverer.boot)) {
    const kept = new Set<string>();
    for (const part of done) {
      const plan = await planBack(recoverer, part, kept);
      plans.push(plan);
      if (plan.outcome === 'overtaken') for (const name of keptWith(part.change)) kept.add(name);
    }
  }
  return plans;
}

/** A part of a whole that was interrupted goes back to what the whole found. */
function planBack({ target }: Recoverer, { change: begun }: PartDone, kept: ReadonlySet<string>): Promise<PlannedRecovery> {
  return planned(target, begun, async (opened) => {
    const decision = await decideBack(opened, begun, kept);
    return 'outcome' in decision ? decision : { ...decision, goal: begun.before, isFinish: false };
  });
}

function planOne({ target, boot }: Recoverer, record: BeginRecord, begun: Transition): Promise<PlannedRecovery> {
  if (hasEndedWithBoot(record, boot)) return Promise.resolve(ended(begun, ENDED_WITH_BOOT));
  return planned(target, begun, (opened) => decideRecovery(opened, begun));
}

/** One that cannot be looked at must not keep the others from being planned. */
function planned(target: ExecutionTarget, begun: Transition, decide: (opened: ExecutionTarget) => Promise<Ending | Way>): Promise<PlannedRecovery> {
  return openedOnce(target, async (opened) => {
    try {
      const decision = await decide(opened);
      if ('outcome' in decision) return ended(begun, decision);
      const { now, goal, isFinish } = decision;
      const steps = await kindOf(opened, begun.verb).steps(opened.port, begun, now, goal);
      return { begun, outcome: isFinish ? 'new' : 'old', now, reason: undefined, change: { ...toward(begun, now, goal), steps, undo: [] } };
    } catch (error) {
      return { ...ended(begun, ending('stuck', {}, (error as Error).message)), now: undefined };
    }
  });
}

function ended(begun: Transition, { outcome, now, reason }: Ending): PlannedRecovery {
  return { begun, outcome, now, reason, change: outcome === 'stuck' ? undefined : { ...toward(begun, now, now), steps: [], undo: [] } };
}

/** What it takes to find the subject again stays in it. */
function toward({ verb, subject, before }: Transition, now: State, wanted: State): Transition {
  return { verb, subject, before: { ...before, ...now }, wanted };
}
