/** `hostdev undo`: what of hostdev's changes is in force is taken back, as before a package is purged. */
import { HostdevError, type Problem } from '../errors.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { stateDirectory as defaultDirectory } from '../execute/journal/state-directory.ts';
import { standingChanges } from '../execute/journal/standing.ts';
import { readRules } from '../host/persist/rules.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { refuseUnclear, type UndoCommand, undoCommands } from '../plan/undo-commands.ts';
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

export interface UndoOptions extends ChangeOptions {
  /** Asks whether all of it is to be taken back, with the commands; nobody is asked when missing. */
  readonly agree?: ((commands: readonly string[]) => Promise<boolean>) | undefined;
}

export interface UndoReport {
  readonly undone: readonly Undone[];
  /** What could not be taken back, and why: a guest has the function, say. */
  readonly problems: readonly Problem[];
}

/**
 * Takes back rules first, so that nothing comes back at the next boot, then the latest change before those it may stand on. What cannot be
 * taken back keeps nothing else from it.
 *
 * @throws {HostdevError} `not-root`, `change-unconfirmed`, `recovery-needed` and `journal-damaged`: while it is not known what is in force, nothing
 * is undone.
 */
export async function undoAll(context: AppContext, options: UndoOptions): Promise<UndoReport> {
  if (!options.dryRun) requireRoot(context, 'undo');
  const commands = await commandsBack(context, options);
  const isAgreed = options.dryRun || commands.length === 0 || ((await options.agree?.(commands.map(({ by }) => by))) ?? true);
  if (!isAgreed) {
    throw new HostdevError('change-unconfirmed', 'nobody agreed to this undo; nothing was changed', {
      hint: 'look at the plan, then add --yes; --dry-run shows it without a question',
    });
  }
  const undone: Undone[] = [];
  const problems: Problem[] = [];
  for (const command of commands) {
    const { subject, by } = command;
    if (options.dryRun) {
      undone.push({ subject, by, changed: false });
      continue;
    }
    options.onProgress?.(`hostdev ${by}`);
    try {
      await run(context, command, options);
      undone.push({ subject, by, changed: true });
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      problems.push(error.toProblem());
    }
  }
  return { undone, problems };
}

async function commandsBack(context: AppContext, options: ChangeOptions): Promise<UndoCommand[]> {
  const directory = options.stateDirectory ?? defaultDirectory();
  const { changes, problems } = await readStatus(context, directory);
  refuseUnclear(changes, problems);
  const ruled = (await readRules(context.port)).map(({ address }) => address);
  return undoCommands(ruled, changes, await countsBefore(directory));
}

function run(context: AppContext, { verb, subject, count }: UndoCommand, options: ChangeOptions): Promise<unknown> {
  if (verb === 'slot on') return switchSlot(context, Number(subject), 'configured', options);
  const address = parsePciAddress(subject);
  switch (verb) {
    case 'persistent remove':
      return removePersistent(context, [address], options);
    case 'release':
      return releaseFunctions(context, [address], options);
    case 'vf remove':
      return removeVfs(context, address, options);
    case 'vf create':
      return createVfs(context, address, count, options);
  }
}

/** How many virtual functions each had before hostdev changed that. */
async function countsBefore(directory: string): Promise<Map<string, number>> {
  const { records } = await openJournal(directory).look();
  const standing = standingChanges(records, ({ verb }) => verb === 'vf create');
  return new Map(standing.map(({ record: { subject, before } }) => [subject, Number(before['count'] ?? 0)]));
}
