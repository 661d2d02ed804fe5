/** Where a command's words go: results to stdout, everything else to stderr, colour only where somebody looks. And where it is: its machine. */
import picocolors from 'picocolors';
import type { ReadStdin } from '../guest/definition-file.ts';
import type { HostdevError, Problem } from '../errors.ts';
import { oneLine, problemLines } from '../printable.ts';
import type { Machine } from './machine.ts';
import { asAscii, asAsciiJson, asShownJson, type Terminal, terminalOf } from './terminal.ts';

/** What a command line has to say as data, beside what it prints: docs/json.md. */
export interface Answer {
  /** undefined until there is a result. */
  items: readonly object[] | undefined;
  /** Commands that are left to the administrator. */
  todo: readonly string[];
  /** That something was changed of which no item tells. */
  changed: boolean;
  /** All that was said to be wrong. */
  readonly problems: Problem[];
}

export function emptyAnswer(): Answer {
  return { items: undefined, todo: [], changed: false, problems: [] };
}

export interface Io {
  /** Results for people, in signs that their terminal has. */
  readonly out: (text: string) => void;
  /** Results for programs: a definition, a drawing, a script. They are what they are, whatever the terminal has. */
  readonly document: (text: string) => void;
  readonly err: (text: string) => void;
  /** A line that tells what is going on; shown on a terminal only. */
  readonly progress: (message: string) => void;
  readonly stdin: ReadStdin;
  /** Asks on the terminal; no where there is none. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly colors: ReturnType<typeof picocolors.createColors>;
  readonly terminal: Terminal;
  /** Catches SIGHUP, SIGINT and SIGTERM from now on; for commands that must not be torn in the middle. */
  readonly catchSignals: () => AbortSignal;
  /** Asks from now on whether whoever reads the results has gone away (head, less): nobody is told anything any more. */
  readonly readerGone: () => Promise<AbortSignal>;
  readonly machine: Machine;
  readonly answer: Answer;
  /** Carries out another command line, in this process. */
  readonly main: (argv: readonly string[], io: OuterIo) => Promise<number>;
}

/** What a process gives a command line; how others are carried out is known inside. */
export type OuterIo = Omit<Io, 'main'>;

export function processIo({ catchSignals, readerGone, machine }: Pick<Io, 'catchSignals' | 'readerGone' | 'machine'>): OuterIo {
  const terminal = terminalOf(process.env, process.stdout);
  /** The one place where text that is printed becomes what the terminal has. */
  const shown = terminal.hasUnicode ? (text: string): string => text : asAscii;
  return {
    out: (text) => void process.stdout.write(shown(text)),
    document: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(shown(text)),
    progress: (message) => {
      if (process.stderr.isTTY) process.stderr.write(`${shown(oneLine(message))}\n`);
    },
    stdin: async (limit) => (await import('../files/read-bounded.ts')).readStreamBounded(process.stdin, limit),
    confirm: async (question) => (await import('./confirm.ts')).confirm(shown(question), { input: process.stdin, output: process.stderr }, catchSignals()),
    colors: picocolors.createColors(terminal.hasColors),
    terminal,
    catchSignals,
    readerGone,
    machine,
    answer: emptyAnswer(),
  };
}

/** An error, and what else is wrong with the same words. */
export function printError(io: Io, error: HostdevError): void {
  for (const problem of [error.toProblem(), ...error.others]) printProblem(io, problem);
}

export function printProblem(io: Io, problem: Problem): void {
  io.answer.problems.push(problem);
  io.err(problemLines(problem));
}

/** JSON, which is ASCII where the terminal is and orders nothing of any; on one line without an indent. */
export function printJson(io: Io, value: unknown, indent = 2): void {
  const text = JSON.stringify(value, null, indent);
  io.document(`${io.terminal.hasUnicode ? asShownJson(text) : asAsciiJson(text)}\n`);
}
