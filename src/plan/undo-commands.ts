/** What takes back the changes of hostdev that are in force, as commands. */
import { HostdevError, type Problem } from '../errors.ts';
import type { Verb } from './transition.ts';

/** One command, without `hostdev`, and what it is done to: an address, or the function id of a slot. */
export interface UndoCommand {
  readonly subject: string;
  readonly by: string;
  readonly verb: 'persistent remove' | 'release' | 'slot on' | 'vf remove' | 'vf create';
  /** For `vf create`: how many there were before. */
  readonly count: number;
}

/** A change as `hostdev status` tells it. */
interface StandingVerb {
  readonly verb: Verb;
  readonly subject: string;
  readonly state: string;
}

/**
 * While it is not known what is in force, nothing is undone.
 *
 * @throws {HostdevError} `recovery-needed`, `journal-damaged`.
 */
export function refuseUnclear(changes: readonly StandingVerb[], [damage]: readonly Problem[]): void {
  if (damage !== undefined) throw new HostdevError(damage.code, damage.message, damage);
  const open = changes.filter(({ state }) => state === 'interrupted');
  if (open.length === 0) return;
  throw new HostdevError('recovery-needed', `a change was interrupted: ${open.map(({ verb, subject }) => `${verb} ${subject}`).join(', ')}`, {
    hint: "run 'hostdev recover' first: until then it is not known what there is to undo",
  });
}

/**
 * Rules go first, so that nothing comes back at the next boot, then the latest change before those it may stand on. `counts` says how many
 * virtual functions each had before hostdev changed that.
 */
export function undoCommands(ruled: readonly string[], changes: readonly StandingVerb[], counts: ReadonlyMap<string, number>): UndoCommand[] {
  const inForce = changes.filter(({ state }) => state === 'in force');
  return [
    ...ruled.map((address) => ({ subject: address, by: `persistent remove ${address}`, verb: 'persistent remove' as const, count: 0 })),
    ...inForce.toReversed().flatMap((change) => commandFor(change, counts.get(change.subject) ?? 0)),
  ];
}

function commandFor({ verb, subject }: StandingVerb, count: number): UndoCommand[] {
  switch (verb) {
    case 'prepare':
      return [{ subject, by: `release ${subject}`, verb: 'release', count }];
    case 'slot off':
      return [{ subject: `0x${subject}`, by: `slot on 0x${subject}`, verb: 'slot on', count }];
    case 'vf create':
      return [count === 0 ? { subject, by: `vf remove ${subject}`, verb: 'vf remove', count } : { subject, by: `vf create ${subject} ${count}`, verb, count }];
    default:
      // Rules are taken from the disk, what guests have is theirs, and the rest has taken something back itself.
      return [];
  }
}
