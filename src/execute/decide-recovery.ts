/** What becomes of a change that was begun and not ended, by what is seen of its subject. */
import { parsePciAddress } from '../pci/notation.ts';
import { isHostVerb, isLasting, type State, type Transition, type Verb } from '../plan/transition.ts';
import { isReached } from './change.ts';
import { findHolder, findUser } from './guard.ts';
import type { BeginRecord } from './journal/record.ts';
import { kindOf } from './kinds.ts';
import { whoOvertook } from './overtaken.ts';
import type { ExecutionTarget } from './target.ts';

/** How a begun change ended. */
export interface Recovery {
  readonly subject: string;
  readonly verb: Verb;
  /**
   * `new`: it had been done; `old`: it was undone; `gone`: the function or the boot it was in is no more; `overtaken`: somebody has changed it since,
   * and it stays so; `stuck`: neither could be reached.
   */
  readonly outcome: 'new' | 'old' | 'gone' | 'overtaken' | 'stuck';
  /** Whether recovering did something to it; mostly only its record is closed. */
  readonly changed: boolean;
  readonly now: State;
  readonly reason: string | undefined;
}

export type Ending = Pick<Recovery, 'outcome' | 'changed' | 'now' | 'reason'>;

/** Where a subject has to be brought. */
export interface Way {
  readonly now: State;
  readonly goal: State;
  /** Whether that is what was asked for, and not where it began. */
  readonly isFinish: boolean;
}

/** An ending that nothing was done for. */
export const ending = (outcome: Recovery['outcome'], now: State, reason?: string): Ending => ({ outcome, changed: false, now, reason });

/** What sysfs shows ends with the boot, files do not. */
export function hasEndedWithBoot({ boot: begun, verb }: Pick<BeginRecord, 'boot' | 'verb'>, boot: string): boolean {
  return begun !== boot && !isLasting(verb);
}

export const ENDED_WITH_BOOT = ending('gone', {}, 'the host was rebooted, and this ends with the boot');

/** How it has ended already, or why it cannot be brought to an end; or where it has to be brought. */
export async function decideRecovery(target: ExecutionTarget, change: Transition): Promise<Ending | Way> {
  const kind = kindOf(target, change.verb);
  const now = await kind.read(target.port, change);
  if (now === undefined) return goneByItself(change);
  if (kind.leavesNoTrace === true && isReached(kind, now, change.before)) {
    return ending('old', now, 'it cannot be seen whether it was done: before and after are the same');
  }
  if (isReached(kind, now, change.wanted)) return ending('new', now);
  if (isReached(kind, now, change.before) && kind.mayStillHappen?.(now, change) !== true) return ending('old', now);
  const isFinish = kind.finish?.(now, change) === true;
  const goal = isFinish ? change.wanted : change.before;
  const used = isFinish && kind.heldOnly !== true ? undefined : await findWhoTouches(target, change);
  const kept = used ?? (await findWhoLoses(target, change, { now, goal }));
  return kept === undefined ? { now, goal, isFinish } : ending('stuck', now, kept);
}

/**
 * Whether a change that was done can be undone now, or how it has ended already; `now` is its subject as it is.
 *
 * @param kept - subjects of changes behind it that somebody has overtaken.
 */
export async function decideBack(target: ExecutionTarget, change: Transition, kept: ReadonlySet<string>): Promise<Ending | { readonly now: State }> {
  const kind = kindOf(target, change.verb);
  const now = await kind.read(target.port, change);
  if (now === undefined) return goneByItself(change);
  if (isReached(kind, now, change.before)) return ending('old', now);
  const taken = await whoOvertook(target, change, { now, kept });
  if (taken !== undefined) return ending('overtaken', now, taken.message);
  const used = (await findWhoTouches(target, change)) ?? (await findWhoLoses(target, change, { now, goal: change.before }));
  return used === undefined ? { now } : ending('stuck', now, used);
}

function goneByItself({ verb }: Transition): Ending {
  return ending('gone', {}, `the ${isHostVerb(verb) ? 'function' : 'guest'} is not there any more`);
}

/** Whoever has or uses by now what a change touches. */
async function findWhoTouches(target: ExecutionTarget, change: Transition): Promise<string | undefined> {
  const kind = kindOf(target, change.verb);
  const look = kind.heldOnly === true ? findHolder : findUser;
  return look(target.port, await kind.touches(target.port, change));
}

/** Whoever uses what the host would lose on the way. */
async function findWhoLoses(target: ExecutionTarget, { verb, subject }: Transition, { now, goal }: Pick<Way, 'now' | 'goal'>): Promise<string | undefined> {
  return kindOf(target, verb).takesFromHost?.(now, goal) === true ? findUser(target.port, [parsePciAddress(subject)]) : undefined;
}
