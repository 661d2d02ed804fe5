/** What somebody has changed again since it was done: nobody undoes that for him, nor what it would go with. */
import { HostdevError } from '../errors.ts';
import { readSlots } from '../host/slots.ts';
import { formatPciAddress } from '../pci/address.ts';
import { nameOfSubject } from '../plan/change.ts';
import { isGuestVerb, type State, TOPIC, type Transition } from '../plan/transition.ts';
import { type ChangeKind, formatState, isReached } from './change.ts';
import { kindOf } from './kinds.ts';
import type { ExecutionTarget } from './target.ts';

/** Whether a subject is still as a change has left it; each part of a guest goes back from wherever it is. */
export function isAsLeft(kind: ChangeKind, { verb }: Pick<Transition, 'verb'>, { now, left }: { readonly now: State; readonly left: State }): boolean {
  if (isGuestVerb(verb)) return true;
  return kind.isAsLeft?.(now, left) ?? (isReached(kind, now, left) || kind.willDo?.(now, left) === true);
}

/** Why a change is not undone; `now` is its subject as it is. */
export function overtaken(change: Transition, now: State): HostdevError {
  const subject = nameOfSubject(change);
  const shown = Object.fromEntries(Object.entries(now).filter(([name]) => name in change.wanted));
  return new HostdevError('undo-overtaken', `${subject} is not as it was left: there is ${formatState(shown)}, so somebody has changed it again`, {
    subject,
    hint: 'undo what came after it first, or plan what is wanted now',
  });
}

/** What else is not undone with a change that somebody has overtaken: functions go with what has made them, files with nothing. */
export function keptWith({ verb, subject }: Transition): readonly string[] {
  return TOPIC[verb] === 'rule' ? [] : [subject];
}

/** A change that is neither as before nor gone, and the subjects of those that were not undone because somebody has overtaken them. */
interface Undoing {
  readonly now: State;
  readonly kept: ReadonlySet<string>;
}

/** Why a change is not undone; undefined where nobody is in its way. */
export async function whoOvertook(target: ExecutionTarget, change: Transition, { now, kept }: Undoing): Promise<HostdevError | undefined> {
  if (!isAsLeft(kindOf(target, change.verb), change, { now, left: change.wanted })) return overtaken(change, now);
  if (kept.size === 0) return undefined;
  const going = (await functionsUnder(target, change)).find((name) => kept.has(name));
  if (going === undefined) return undefined;
  const subject = nameOfSubject(change);
  return new HostdevError('undo-overtaken', `${subject} stays as it was left: ${going}, which somebody has changed again, would go with it`, {
    subject,
    hint: 'plan what is wanted now',
  });
}

/** Functions that are there by what a change has made: they go where that is undone. */
async function functionsUnder(target: ExecutionTarget, change: Transition): Promise<readonly string[]> {
  const topic = TOPIC[change.verb];
  if (topic === 'vfs') return (await kindOf(target, change.verb).touches(target.port, change)).map(formatPciAddress);
  if (topic !== 'slot') return [];
  return (await readSlots(target.port, [change.subject])).flatMap(({ address }) => address ?? []);
}
