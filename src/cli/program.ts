/** The command line as commander reads it, made from the table of commands. */
import { type Argument, Command, CommanderError } from 'commander';
import { HostdevError, type Problem } from '../errors.ts';
import { loadAction } from './command/actions.ts';
import type { MachineFlags } from './command/options.ts';
import { type CommandName, COMMANDS, GROUPS } from './command/table.ts';
import { type CommandRow, FILE_SEPARATOR } from './command/row.ts';
import { commandNamed, orderWords } from './command/word-order.ts';
import type { Io } from './io.ts';
import { LEAST_WIDTH_TO_WRAP, overview } from './overview.ts';
import { oneLine } from '../printable.ts';
import { explainUnknown } from './suggestions.ts';
import { VERSION } from './version.ts';

export interface Ran {
  readonly status: number;
  /** What is wrong with the words themselves, where something is. */
  readonly problem?: Problem;
}

/**
 * Runs one command line.
 *
 * @throws {HostdevError} what its command refuses.
 */
export async function runProgram(argv: readonly string[], io: Io): Promise<Ran> {
  let status = 0;
  const words = orderWords(argv);
  const done = (result: number): void => {
    status = result;
  };
  const named = commandNamed(words);
  const program = buildProgram(io, done, named);
  if (argv.length === 0) {
    program.outputHelp({ error: true });
    return { status: 2 };
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return { status };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version that were asked for are no errors.
    if (error.exitCode === 0) return { status: 0 };
    const { message, hint } = explainUnknown(wordsOf(error.message), named);
    return { status: 2, problem: { code: 'usage', severity: 'error', message, ...(hint === undefined ? {} : { hint }) } };
  }
}

/** Builds the program, with all commands or the one that is named; a command's exit status ends up in the result of its action. */
export function buildProgram(io: Io, done: (status: number) => void, only?: CommandName): Command {
  const program = new Command('hostdev')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError("(try 'hostdev --help')")
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({
      optionTerm: ({ flags }) => flags.replace(' [', '[='),
      // That every command has options goes without saying; the room is for what it does, also on 80 columns.
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentWords)].join(' '),
      minWidthToWrap: LEAST_WIDTH_TO_WRAP,
    })
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: (text, write) => write(errorLines(text, only)) });
  program.helpInformation = () => overview(io.terminal.width);

  for (const [name, row] of Object.entries(COMMANDS) as [CommandName, CommandRow][]) {
    if (only !== undefined && name !== only && !name.startsWith(`${only} `)) continue;
    const command = addCommand(program, name, row);
    command.action(async (...given: unknown[]) => {
      const action = await loadAction(name);
      // Commander hands over words, options and itself; commands take the first two.
      try {
        done(await action(io, ...given.slice(0, -1)));
      } catch (error) {
        if (!(error instanceof HostdevError) || error.code !== 'function-unknown') throw error;
        throw await (await import('./machine.ts')).explainAbsent(io.machine, given.at(-2) as MachineFlags, error);
      }
    });
  }
  return program;
}

/** `<file...>`, `[address...]`. */
function argumentWords(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** What commander says, without its own beginning. */
function wordsOf(text: string): string {
  return text.replace(/^error: /, '');
}

/** What commander says of words that it does not know, which may have anything in them. */
function errorLines(text: string, command: CommandName | undefined): string {
  const { message, hint } = explainUnknown(wordsOf(text).trimEnd(), command);
  const [first = '', ...rest] = message.split('\n');
  return [`hostdev: ${oneLine(first)} [usage]`, ...(hint === undefined ? [] : [`  hint: ${hint}`]), ...rest.map(oneLine)].map((line) => `${line}\n`).join('');
}

function addCommand(program: Command, name: string, { summary, words, options }: CommandRow): Command {
  const groups = name.split(' ');
  const own = groups.pop() ?? '';
  const parent = groups.reduce((outer, _, at) => groupOf(outer, groups.slice(0, at + 1)), program);
  const command = parent.command(own).description(summary).helpCommand(false).showHelpAfterError(`(try 'hostdev ${name} --help')`);
  for (const { word, text } of words) command.argument(word, text);
  // What may have a value behind = is a value that may be missing, in commander's notation.
  for (const { flags, text, several, files } of options) {
    const separator = several === true ? ',' : files === true ? FILE_SEPARATOR : undefined;
    if (separator !== undefined) command.option(flags, text, (value: string, before?: string) => (before === undefined ? value : before + separator + value));
    else command.option(flags.replace('[=', ' ['), text);
  }
  // A list of what can be named needs no file.
  command.on('option:libvirt', (value: string) => {
    if (value === 'list') for (const argument of command.registeredArguments) argument.required = false;
  });
  return command;
}

/** The command that stands before another one's name; it may be one itself. */
function groupOf(outer: Command, words: readonly string[]): Command {
  const [own = '', name] = [words.at(-1), words.join(' ')];
  return (
    outer.commands.find((command) => command.name() === own) ??
    outer
      .command(own)
      .description(GROUPS[name] ?? '')
      .helpCommand(false)
      .showHelpAfterError(`(try 'hostdev ${name} --help')`)
  );
}
