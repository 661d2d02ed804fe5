/** `hostdev report`: what a bug report needs, in one file. */
import { askForReport, identifiersOfJournal, identifiersOfUser, lookForReport, type ReportedLibvirt, type ReportedMachine } from '../../app/report.ts';
import { identifiersOfUri } from '../../app/report-words.ts';
import { HostdevError } from '../../errors.ts';
import { lookingPort } from '../../host/looking-port.ts';
import { textRedaction } from '../../host/redact-text.ts';
import { answerItems } from '../answer.ts';
import type { CommandRow } from '../command/row.ts';
import { COMMANDS, type Options } from '../command/table.ts';
import { optionNames } from '../command/word-order.ts';
import type { Io } from '../io.ts';
import type { Item } from '../json/table.ts';
import { withLibvirt } from '../libvirt.ts';
import { type Machine, machineContext } from '../machine.ts';
import { carryOut, type Said } from '../report/carry-out.ts';
import { type ReadingCommand, readingCommand } from '../report/command-line.ts';
import { formatReport } from '../report/format.ts';
import { identifiersOfWords } from '../report/identifiers.ts';
import { type OutputFile, requireWritable, writeOutput } from '../output-file.ts';
import { VERSION } from '../version.ts';

const DEFAULT_FILE = 'hostdev-report.txt';

/** Nobody else's business until it is sent. */
function reportFile(name: string): OutputFile {
  return { name, mode: 0o600, hint: "name another file, or '-o -' to print the report" };
}

export async function report(io: Io, words: readonly string[], flags: Options<'report'>): Promise<number> {
  if (flags.json === true && flags.output !== undefined && flags.output !== '-') {
    throw new HostdevError('option-conflict', '--json prints the report, and --output names a file', { hint: 'leave one of them out' });
  }
  const command = words.length === 0 ? undefined : readingCommand(words);
  const file = flags.output ?? DEFAULT_FILE;
  const isPrinted = flags.json === true || file === '-';
  if (!isPrinted) await requireWritable(reportFile(file));
  const items = await reported({ ...io, stdin: readOnce(io.stdin) }, command, whereToLook(flags, command));
  if (flags.json === true) {
    answerItems(io, 'report', items);
    return 0;
  }
  const text = formatReport(items);
  if (isPrinted) {
    io.out(text);
    return 0;
  }
  if (flags.yes !== true) {
    io.err(text);
    if (!(await io.confirm(`Write this to ${file}?`))) {
      throw new HostdevError('change-unconfirmed', 'nobody agreed to write this report; there is no file', {
        subject: file,
        hint: "look at it, then add --yes; '-o -' prints it",
      });
    }
  }
  await writeOutput(reportFile(file), text);
  io.out(`${file} is written\n`);
  return 0;
}

/** The machine and the libvirt that all of a report is about. */
interface Where {
  readonly root: string | undefined;
  readonly host: string | undefined;
  readonly connect: string | undefined;
}

/** What the command that went wrong names is what the report is about. */
function whereToLook(flags: Options<'report'>, command: ReadingCommand | undefined): Where {
  const host = command?.options.get('--host');
  return {
    root: command?.options.get('--root') ?? flags.root,
    host: (host === 'none' ? undefined : host) ?? flags.host,
    connect: command?.options.get('-c') ?? command?.options.get('--connect') ?? flags.connect,
  };
}

async function reported(io: Io, command: ReadingCommand | undefined, where: Where): Promise<Item<'report'>[]> {
  const machine = await onlyLooking(io.machine);
  const isHere = where.root === undefined && where.host === undefined;
  const looked = await look(machine, where, command);
  const seen = looked ?? NOTHING_SEEN;
  const libvirt = isHere || where.connect !== undefined ? await said(io, where.connect) : undefined;
  const named = [where.host ?? '', where.connect ?? ''].flatMap(identifiersOfUri);
  const ofWords = command === undefined ? [] : await identifiersOfWords(command, io.stdin);
  const journal = isHere ? await identifiersOfJournal(io.machine.stateDirectory) : [];
  const hide = textRedaction([...seen.identifiers, ...identifiersOfUser(), ...journal, ...(libvirt?.identifiers ?? []), ...named, ...ofWords]);
  const hidden = ({ command: line, exitStatus, output }: Said): Item<'report'> => ({ kind: 'command', command: hide(line), exitStatus, output: hide(output) });
  const versions = {
    ...{ hostdev: VERSION, node: `${process.version} ${process.platform} ${process.arch}`, ...seen.versions },
    ...{ libvirt: libvirt?.versions.libvirt ?? seen.versions.libvirt, qemu: libvirt?.versions.qemu ?? seen.versions.qemu },
  };
  const items: Item<'report'>[] = [{ kind: 'versions', made: new Date().toISOString(), ...versions }];
  const commands = commandsFor(where, { isZ: seen.isZ, isHere });
  for (const words of looked === undefined ? commands.slice(0, 1) : commands) items.push(hidden(await carryOut(io, machine, words)));
  if (command !== undefined) items.push(hidden(await carryOut(io, machine, wordsFor(command, where))));
  return items;
}

const NOTHING_SEEN: ReportedMachine = { versions: { system: null, kernel: null, libvirt: null, qemu: null }, identifiers: [], isZ: false };

/** Undefined where the command that went wrong is about a machine that cannot be reached: that is what went wrong. */
async function look(machine: Machine, where: Where, command: ReadingCommand | undefined): Promise<ReportedMachine | undefined> {
  try {
    return await lookForReport(await machineContext(machine, where));
  } catch (error) {
    const isNamed = command?.options.has('--host') === true || command?.options.has('--root') === true;
    if (error instanceof HostdevError && error.code !== 'interrupted' && isNamed) return undefined;
    throw error;
  }
}

/** What says how the machine is. A journal and guests are this machine's, or a libvirt's that is named. */
function commandsFor({ root, host, connect }: Where, { isZ, isHere }: { readonly isZ: boolean; readonly isHere: boolean }): readonly (readonly string[])[] {
  const machine = [...(root === undefined ? [] : ['--root', root]), ...(host === undefined ? [] : ['--host', host])];
  const looks = [['check'], ['list', '--wide'], ...(isZ ? [['slot', 'list']] : []), ['persistent']].map((words) => [...words, ...machine]);
  const own = isHere ? [['status'], ['history']] : [];
  const guests = isHere || connect !== undefined ? [['guests', ...(connect === undefined ? [] : ['-c', connect])]] : [];
  return [...looks, ...own, ...guests];
}

/** The command with the machine and the libvirt of the report, as far as it can be told and names none itself. */
function wordsFor({ name, argv, options }: ReadingCommand, { root, host, connect }: Where): readonly string[] {
  const row: CommandRow = COMMANDS[name];
  const takes = (option: string): boolean => row.options.some(({ flags }) => optionNames(flags).includes(option));
  const isSaid = ['--root', '--host'].some((option) => options.has(option));
  const machine = Object.entries({ '--root': root, '--host': host }).flatMap(([option, value]) =>
    value === undefined || isSaid || !takes(option) ? [] : [option, value],
  );
  const isConnected = connect === undefined || options.has('-c') || options.has('--connect') || !takes('-c');
  return [...argv, ...machine, ...(isConnected ? [] : ['-c', connect])];
}

/** The same machine for every look. */
async function onlyLooking(machine: Machine): Promise<Machine> {
  const context = await machine.context();
  const looking = { ...context, port: lookingPort(context.port) };
  return { ...machine, context: async () => looking };
}

/** A libvirt that cannot be asked is told by `guests`. */
async function said(io: Io, connect: string | undefined): Promise<ReportedLibvirt | undefined> {
  try {
    return await withLibvirt(io, { connect }, askForReport);
  } catch (error) {
    if (error instanceof HostdevError) return undefined;
    throw error;
  }
}

/** A definition on standard input is looked at for names first. */
function readOnce(stdin: Io['stdin']): Io['stdin'] {
  let bytes: ReturnType<Io['stdin']> | undefined;
  return (limit) => (bytes ??= stdin(limit));
}
