/** Undoing what another process has done: nothing that somebody uses by now is taken from him, and nothing that he has changed since. */
import { sameState, type Transition } from '../plan/transition.ts';
import { isReached } from './change.ts';
import { decideBack, type Ending } from './decide-recovery.ts';
import { kindOf } from './kinds.ts';
import { bringTo } from './bring-to.ts';
import type { ExecuteOptions, ExecutionTarget } from './target.ts';

interface GoBackOptions extends ExecuteOptions {
  /** Subjects of changes behind it that somebody has overtaken. */
  readonly kept: ReadonlySet<string>;
}

/** Brings a subject to where it was before a change that was done, and says how that ended. */
export async function goBack(target: ExecutionTarget, change: Transition, { kept, ...options }: GoBackOptions): Promise<Ending> {
  const decision = await decideBack(target, change, kept);
  if ('outcome' in decision) return decision;
  const { now } = decision;
  const kind = kindOf(target, change.verb);
  const found = await bringTo({ target, change, options }, { now, goal: change.before });
  if ('outcome' in found) return found;
  const { after, reason } = found;
  if (after === undefined) return { outcome: 'gone', changed: true, now: {}, reason };
  const isBack = isReached(kind, after, change.before) || kind.willDo?.(after, change.before) === true;
  return { outcome: isBack ? 'old' : 'stuck', changed: !sameState(now, after), now: after, reason: isBack ? undefined : reason };
}
