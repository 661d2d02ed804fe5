/** One command line, from words to exit status. */
import { exitStatus, HostdevError, type Problem } from '../errors.ts';
import { noteAftermath } from './answer.ts';
import { emptyAnswer, type Io, type OuterIo, printError, printJson } from './io.ts';

/** Runs one command line and returns its exit status; nothing else of the process is touched. */
export async function main(argv: readonly string[], given: OuterIo): Promise<number> {
  // Shells ask this at every press of a key, so it goes past everything else.
  if (argv[0] === 'complete') return (await import('./complete/complete.ts')).complete({ ...given, main }, argv.slice(1));
  // What is asked first needs no commander.
  const word = argv.length === 1 ? (argv[0] ?? '') : '';
  if (OVERVIEW.has(word)) return tell(given, (await import('./overview.ts')).overview(given.terminal.width));
  if (VERSIONS.has(word)) return tell(given, `${(await import('./version.ts')).VERSION}\n`);
  let hasPrinted = false;
  const noting =
    (print: Io['out']): Io['out'] =>
    (text) => {
      hasPrinted = true;
      print(text);
    };
  const io: Io = { ...given, main, answer: emptyAnswer(), out: noting(given.out), document: noting(given.document) };
  /** What a script asked for is printed whole, and once: when it is known how the command ended. */
  const answer = async (status: number): Promise<number> => {
    // What succeeds and gives no items has a document of its own: snapshot, watch.
    const isAsked = status > 0 && isGiven(argv, '--json') && !hasPrinted;
    if (io.answer.items !== undefined || isAsked) await printAnswer(io, argv, status);
    return status;
  };
  const { runProgram } = await import('./program.ts');
  try {
    const { status, problem } = await runProgram(argv, io);
    if (problem !== undefined) io.answer.problems.push(problem);
    return await answer(status);
  } catch (error) {
    if (!(error instanceof HostdevError)) {
      io.answer.problems.push(bugOf(error));
      await answer(1);
      throw error;
    }
    printError(io, error);
    noteAftermath(io, error);
    return answer(exitStatus(error.code));
  }
}

/** The ways to ask for the help of the whole, and for the version. */
const OVERVIEW: ReadonlySet<string> = new Set(['--help', '-h', 'help']);
const VERSIONS: ReadonlySet<string> = new Set(['--version', '-V', 'version']);

function tell(io: OuterIo, text: string): number {
  io.out(text);
  return 0;
}

/** What these print is read line by line. */
const LINES: ReadonlySet<string> = new Set(['agent', 'fleet list', 'fleet watch', 'watch']);

async function printAnswer(io: Io, argv: readonly string[], status: number): Promise<void> {
  const { envelope } = await import('../json/contract/envelope.ts');
  const { commandFirst, commandNamed } = await import('./command/word-order.ts');
  const command = commandNamed(commandFirst(argv));
  const said = envelope(io.answer, { command, exitStatus: status as 0 | 1 | 2 | 3, dryRun: isGiven(argv, '--dry-run') || command === 'diff' });
  printJson(io, said, LINES.has(command ?? '') ? 0 : 2);
}

function bugOf(error: unknown): Problem {
  return { code: 'internal', severity: 'error', message: error instanceof Error ? error.message : String(error), hint: 'please report it' };
}

/** Whether an option is among the words: known before they are read, for words that cannot be read. */
function isGiven(argv: readonly string[], option: string): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes(option);
}
