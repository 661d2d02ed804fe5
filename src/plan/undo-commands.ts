/** What takes back the changes of hostdev that are in force, as commands. */
import { HostdevError, type Problem } from '../errors.ts';
import type { Verb } from './transition.ts';

/** One command, without `hostdev`, and what it is done to: an address, or the function id of a slot. */
export interface UndoCommand {
  readonly subject: string;
  readonly by: string;
  readonly verb: 'persistent remove' | 'release' | 'slot on' | 'vf remove' | 'vf create';
  /** For `vf create` and `vf remove`: what there was before. */
  readonly vfs: VfsFound;
}

/** What a physical function had of virtual ones before hostdev changed that. */
export interface VfsFound {
  readonly count: number;
  /** Whether host drivers could take them; undefined where that is to stay, or is not known. */
  readonly hostDrivers: boolean | undefined;
}

/** What there is to take back. */
export interface Standing {
  /** Addresses that have a rule. */
  readonly ruled: readonly string[];
  readonly changes: readonly StandingVerb[];
  /** What changes found, by physical function. */
  readonly found: ReadonlyMap<string, VfsFound>;
  /** What rules made of functions at boot. */
  readonly atBoot: { readonly taken: readonly string[]; readonly vfs: ReadonlyMap<string, VfsFound> };
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
 * Rules go first, so that nothing comes back at the next boot. What they took at boot may stand on the virtual functions that changes, or
 * other rules, made; changes go with the latest first, before those it may stand on.
 */
export function undoCommands({ ruled, changes, found, atBoot }: Standing): UndoCommand[] {
  // Whatever their number was changed to, without the rule there would be none.
  const vfs = new Map([...found, ...atBoot.vfs]);
  const inForce = changes.filter(({ state }) => state === 'in force');
  const back = inForce.toReversed().flatMap((change) => commandFor(change, vfs.get(change.subject) ?? NO_VFS));
  const isPlanned = (address: string): boolean => back.some(({ subject }) => subject === address);
  return [
    ...ruled.map((address) => command('persistent remove', address)),
    ...atBoot.taken.filter((address) => !isPlanned(address)).map((address) => command('release', address)),
    ...back,
    ...[...atBoot.vfs].filter(([address]) => !isPlanned(address)).map(([address, before]) => command('vf remove', address, before)),
  ];
}

const NO_VFS: VfsFound = { count: 0, hostDrivers: undefined };

function command(verb: UndoCommand['verb'], subject: string, vfs = NO_VFS): UndoCommand {
  return { subject, by: `${verb} ${subject}`, verb, vfs };
}

function commandFor({ verb, subject }: StandingVerb, vfs: VfsFound): UndoCommand[] {
  switch (verb) {
    case 'prepare':
      return [command('release', subject)];
    case 'slot off':
      return [command('slot on', `0x${subject}`)];
    case 'vf create':
      if (vfs.count === 0) return [command('vf remove', subject, vfs)];
      return [{ subject, by: `vf create ${subject} ${vfs.count}${vfs.hostDrivers === true ? ' --host-drivers' : ''}`, verb, vfs }];
    default:
      // Rules are taken from the disk, and what guests have is theirs; settings of virtual functions stay; the rest has taken something back itself.
      return [];
  }
}
