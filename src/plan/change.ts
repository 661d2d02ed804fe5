/** A plan: changes in the order in which they are made, each with its steps, how it is seen to have happened, and the steps that undo it. */
import { formatFid } from '../pci/zpci.ts';
import type { Step } from './step.ts';
import type { State, Transition } from './transition.ts';

/** One transition with what is written and called to get there and to get back. */
export interface Change extends Transition {
  readonly steps: readonly Step[];
  /** From `wanted` back to `before`. What undoing meets half-way is planned when it is seen. */
  readonly undo: readonly Step[];
  /** That a guest has had the function until now: whoever still has it open is waited for. */
  readonly afterGuest?: true;
}

/** A change that was made. */
export interface Done {
  readonly change: Change;
  readonly after: State;
  /** What did not follow, and is no reason to undo it: an interface that did not come up again. */
  readonly warnings: readonly unknown[];
}

/** Names of the functions that a transition is about: none for rules and slots, two for a swap. */
export function functionsOf({ verb, subject, before }: Pick<Transition, 'verb' | 'subject' | 'before'>): readonly string[] {
  switch (verb) {
    case 'prepare':
    case 'release':
      return [subject];
    case 'attach':
    case 'detach':
    case 'swap':
      return (before['devices'] ?? '').split(' ').filter((name) => name !== '');
    default:
      return [];
  }
}

/** What a transition is about, as it is named elsewhere: slots by their fid, whose directory has it without 0x. */
export function nameOfSubject({ verb, subject }: Pick<Transition, 'verb' | 'subject'>): string {
  return verb === 'slot on' || verb === 'slot off' || verb === 'slot reset' ? formatFid(Number.parseInt(subject.replace(/^0x/, ''), 16)) : subject;
}

/** Everything that a transition is about, by name. */
export function subjectsOf(change: Pick<Transition, 'verb' | 'subject' | 'before'>): readonly string[] {
  const functions = functionsOf(change);
  return functions.length > 0 ? functions : [nameOfSubject(change)];
}

const [IN_GUEST, FOR] = [' in ', ' → '];

/** Subject of a change of a guest, for people: what it is about stands in its facts. */
export function guestSubject(devices: readonly string[], guest: string): string {
  return `${devices.join(FOR)}${IN_GUEST}${guest}`;
}

/** Whether a subject, as it is told, names a function: its own, or one of those of a change of a guest. */
export function isAbout(subject: string, name: string): boolean {
  return (subject.split(IN_GUEST, 1)[0] ?? '').split(FOR).includes(name);
}
