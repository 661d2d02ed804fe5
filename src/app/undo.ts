/** `hostdev undo`: what of hostdev's changes is in force is taken back, as before a package is purged. */
import { HostdevError, type Problem } from '../errors.ts';
import { openJournal, stateDirectory as defaultDirectory } from '../execute/journal/journal.ts';
import { standingChanges } from '../execute/journal/standing.ts';
import { readRules } from '../host/persist/rules.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type ChangeOptions, requireRoot } from './change-options.ts';
import type { AppContext } from './context.ts';
import { removePersistent } from './persistent-remove.ts';
import { releaseFunctions } from './release.ts';
import { switchSlot } from './slots.ts';
import { readStatus } from './status.ts';
import { createVfs, removeVfs } from './virtual-functions.ts';

interface Undone {
  /** What it is done to: an address, or the function id of a slot. */
  readonly subject: string;
  /** The command that takes it back, without `hostdev`. */
  readonly by: string;
  /** Whether it has been; a dry run does nothing. */
  readonly changed: boolean;
}

export interface UndoReport {
  readonly undone: readonly Undone[];
  /** What could not be taken back, and why: a guest has the function, say. */
  readonly problems: readonly Problem[];
}

interface Way {
  readonly subject: string;
  readonly by: string;
  readonly run: () => Promise<unknown>;
}

/**
 * Takes back rules first, so that nothing comes back at the next boot, then the latest change before those it may stand on. What cannot be
 * taken back keeps nothing else from it.
 *
 * @throws {HostdevError} `not-root`, `recovery-needed` and `journal-damaged`: while it is not known what is in force, nothing is undone.
 */
export async function undoAll(context: AppContext, options: ChangeOptions): Promise<UndoReport> {
  if (!options.dryRun) requireRoot(context, 'undo');
  const ways = await waysBack(context, options);
  const undone: Undone[] = [];
  const problems: Problem[] = [];
  for (const { subject, by, run } of ways) {
    if (options.dryRun) {
      undone.push({ subject, by, changed: false });
      continue;
    }
    options.onProgress?.(`hostdev ${by}`);
    try {
      await run();
      undone.push({ subject, by, changed: true });
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      problems.push(error.toProblem());
    }
  }
  return { undone, problems };
}

async function waysBack(context: AppContext, options: ChangeOptions): Promise<Way[]> {
  const directory = options.stateDirectory ?? defaultDirectory();
  const { changes, problems } = await readStatus(context, directory);
  const [damage] = problems;
  if (damage !== undefined) throw new HostdevError(damage.code, damage.message, damage);
  const open = changes.filter(({ state }) => state === 'interrupted');
  if (open.length > 0) {
    throw new HostdevError('recovery-needed', `a change was interrupted: ${open.map(({ verb, subject }) => `${verb} ${subject}`).join(', ')}`, {
      hint: "run 'hostdev recover' first: until then it is not known what there is to undo",
    });
  }
  const counts = await countsBefore(directory);
  const inForce = changes.filter(({ state }) => state === 'in force');
  return [
    ...(await readRules(context.port)).map(({ address }): Way => {
      const run = (): Promise<unknown> => removePersistent(context, [parsePciAddress(address)], options);
      return { subject: address, by: `persistent remove ${address}`, run };
    }),
    ...inForce.toReversed().flatMap(({ verb, subject }): Way[] => {
      switch (verb) {
        case 'prepare':
          return [{ subject, by: `release ${subject}`, run: () => releaseFunctions(context, [parsePciAddress(subject)], options) }];
        case 'slot off':
          return [{ subject: `0x${subject}`, by: `slot on 0x${subject}`, run: () => switchSlot(context, Number(`0x${subject}`), 'configured', options) }];
        case 'vf create':
          return [countBack(context, subject, counts.get(subject) ?? 0, options)];
        default:
          // Rules are taken from the disk, what guests have is theirs, and the rest has taken something back itself.
          return [];
      }
    }),
  ];
}

function countBack(context: AppContext, subject: string, count: number, options: ChangeOptions): Way {
  const pf = parsePciAddress(subject);
  if (count === 0) return { subject, by: `vf remove ${subject}`, run: () => removeVfs(context, pf, options) };
  return { subject, by: `vf create ${subject} ${count}`, run: () => createVfs(context, pf, count, options) };
}

/** How many virtual functions each had before hostdev changed that. */
async function countsBefore(directory: string): Promise<Map<string, number>> {
  const { records } = await openJournal(directory).look();
  const standing = standingChanges(records, ({ verb }) => verb === 'vf create');
  return new Map(standing.map(({ record: { subject, before } }) => [subject, Number(before['count'] ?? 0)]));
}
