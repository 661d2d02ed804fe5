/** Undoing what another process has done: nothing that somebody uses by now is taken from him. */
import { parsePciAddress } from '../pci/notation.ts';
import { isHostVerb, sameState, type State, type Transition } from '../plan/transition.ts';
import { isReached } from './change.ts';
import { type Ending, ending } from './decide-recovery.ts';
import { goTo, readNow } from './go-to.ts';
import { findHolder, findUser } from './guard.ts';
import { kindOf } from './kinds.ts';
import type { ExecuteOptions, ExecutionTarget } from './target.ts';

/** Whether a change that was done can be undone now, or how it has ended already; `now` is its subject as it is. */
export async function decideBack(target: ExecutionTarget, change: Transition): Promise<Ending | { readonly now: State }> {
  const kind = kindOf(target, change.verb);
  const now = await kind.read(target.port, change);
  if (now === undefined) return ending('gone', {}, `the ${isHostVerb(change.verb) ? 'function' : 'guest'} is not there any more`);
  if (isReached(kind, now, change.before)) return ending('old', now);
  const look = kind.heldOnly === true ? findHolder : findUser;
  const used = await look(target.port, await kind.touches(target.port, change));
  if (used !== undefined) return ending('stuck', now, used);
  const lost = kind.takesFromHost?.(now, change.before) === true ? await findUser(target.port, [parsePciAddress(change.subject)]) : undefined;
  return lost === undefined ? { now } : ending('stuck', now, lost);
}

/** Brings a subject to where it was before a change that was done, and says how that ended. */
export async function goBack(target: ExecutionTarget, change: Transition, options: ExecuteOptions): Promise<Ending> {
  const decision = await decideBack(target, change);
  if ('outcome' in decision) return decision;
  const { now } = decision;
  const kind = kindOf(target, change.verb);
  const errors = await goTo({ target, change, options }, change.before);
  const after = await readNow({ target, change });
  const reason = errors.length === 0 ? undefined : errors.map((error) => (error as Error).message).join('; ');
  if (after === 'unknown') return { outcome: 'stuck', changed: true, now, reason: reason ?? 'it cannot be read any more' };
  if (after === undefined) return { outcome: 'gone', changed: true, now: {}, reason };
  const isBack = isReached(kind, after, change.before) || kind.willDo?.(after, change.before) === true;
  return { outcome: isBack ? 'old' : 'stuck', changed: !sameState(now, after), now: after, reason: isBack ? undefined : reason };
}
