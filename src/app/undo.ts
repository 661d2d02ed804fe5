/** `hostdev undo`: what of hostdev's changes is in force is taken back, as before a package is purged. */
import { type Aftermath, HostdevError, type Problem } from '../errors.ts';
import { type ChangeInForce, changesInForce } from '../execute/in-force.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { stateDirectory as defaultDirectory } from '../execute/journal/state-directory.ts';
import { vfsFound } from '../execute/journal/vfs-found.ts';
import { bootId } from '../host/boot-id.ts';
import { readRules } from '../host/persist/rules.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { refuseUnclear, type UndoCommand, undoCommands, type VfsFound } from '../plan/undo-commands.ts';
import { type Agree, requireAgreement } from './agreement.ts';
import { type ChangeOptions, requireRoot } from './change-options.ts';
import type { AppContext } from './context.ts';
import { type BootJournal, madeAtBoot } from './made-at-boot.ts';
import { removePersistent } from './persistent-remove.ts';
import { releaseFunctions } from './release.ts';
import { switchSlot } from './slots.ts';
import { createVfs, removeVfs } from './virtual-functions.ts';

interface Undone {
  /** What it is done to: an address, or the function id of a slot. */
  readonly subject: string;
  /** The command that takes it back, without `hostdev`. */
  readonly by: string;
  /** Whether it has been; in a dry run, whether it would be. */
  readonly changed: boolean;
}

export interface UndoOptions extends ChangeOptions {
  /** Asks whether all of it is to be taken back, with the commands; nobody is asked when missing. */
  readonly agree?: Agree<readonly string[]> | undefined;
}

export interface UndoReport {
  readonly undone: readonly Undone[];
  /** What could not be taken back, and why: a guest has the function, say. */
  readonly problems: readonly Problem[];
  /** How things are where taking something back failed half-way. */
  readonly aftermaths: readonly Aftermath[];
  /** Commands that are left to the administrator. */
  readonly todo: readonly string[];
}

/**
 * Takes back rules first, so that nothing comes back at the next boot, then the latest change before those it may stand on. What cannot be
 * taken back keeps nothing else from it.
 *
 * @throws {HostdevError} `not-root`, `change-unconfirmed`, `recovery-needed` and `journal-damaged`: while it is not known what is in force, nothing
 * is undone.
 */
export async function undoChanges(context: AppContext, options: UndoOptions): Promise<UndoReport> {
  if (!options.dryRun) requireRoot(context, 'undo');
  const commands = await commandsBack(context, options);
  // A dry run does nothing, and where there is nothing to do nobody is asked.
  const agree = options.dryRun || commands.length === 0 ? undefined : options.agree;
  await requireAgreement(
    commands.map(({ by }) => by),
    agree,
    { verb: 'undo' },
  );
  const undone: Undone[] = [];
  const problems: Problem[] = [];
  const aftermaths: Aftermath[] = [];
  const todo = new Set<string>();
  for (const command of commands) {
    const { subject, by } = command;
    if (!options.dryRun) options.onProgress?.(`hostdev ${by}`);
    try {
      for (const line of await run(context, command, options)) todo.add(line);
      undone.push({ subject, by, changed: true });
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      problems.push(error.toProblem());
      if (error.aftermath !== undefined) aftermaths.push(error.aftermath);
    }
  }
  return { undone, problems, aftermaths, todo: [...todo] };
}

/** The commands that take back what is in force, in their order. @throws {HostdevError} `recovery-needed`, `journal-damaged`. */
export async function commandsBack(context: AppContext, options: Pick<ChangeOptions, 'stateDirectory'>): Promise<UndoCommand[]> {
  const directory = options.stateDirectory ?? defaultDirectory();
  const { port } = context;
  const { records, problems } = await openJournal(directory).look();
  const journal = { records, boot: await bootId(port) };
  const changes = await changesInForce(port, records, { boot: journal.boot, isLocked: false });
  refuseUnclear(changes, problems);
  const rules = await readRules(port);
  const ruled = rules.map(({ address }) => address);
  return undoCommands({ ruled, changes, found: vfsBefore(journal, changes), atBoot: await madeAtBoot(port, journal, rules) });
}

/** Runs a command; gives what it leaves to the administrator. */
async function run(context: AppContext, { verb, subject, vfs: { count, hostDrivers } }: UndoCommand, options: ChangeOptions): Promise<readonly string[]> {
  // Planned on what there is before the first command, others would say what is not so once those before them were run.
  if (options.dryRun && verb !== 'persistent remove') return [];
  if (verb === 'slot on') {
    await switchSlot(context, Number(subject), 'configured', options);
    return [];
  }
  const address = parsePciAddress(subject);
  switch (verb) {
    case 'persistent remove':
      return (await removePersistent(context, [address], options)).flatMap(({ todo }) => todo);
    case 'release':
      return (await releaseFunctions(context, [address], options)).flatMap(({ todo }) => todo);
    case 'vf remove':
      return (await removeVfs(context, address, { ...options, hostDrivers })).todo;
    case 'vf create':
      return (await createVfs(context, address, count, { ...options, hostDrivers })).todo;
  }
}

/** What physical functions had of virtual ones before hostdev changed that. */
function vfsBefore({ records, boot }: BootJournal, changes: readonly ChangeInForce[]): Map<string, VfsFound> {
  const found = new Map<string, VfsFound>();
  for (const { verb, subject } of changes) {
    const before = verb === 'vf create' ? vfsFound(records, boot, subject) : undefined;
    const [count, autoprobe] = [Number(before?.['count'] ?? 0), before?.['autoprobe'] ?? null];
    if (before !== undefined) found.set(subject, { count, hostDrivers: autoprobe === null ? undefined : autoprobe === '1' });
  }
  return found;
}
