/** One command line, from words to exit status. */
import { exitStatus, HostdevError, type Problem } from '../errors.ts';
import { type Io, printError, printJson } from './io.ts';

/** Runs one command line and returns its exit status; nothing else of the process is touched. */
export async function main(argv: readonly string[], given: Io): Promise<number> {
  // Shells ask this at every press of a key, so it goes past everything else.
  if (argv[0] === 'complete') return (await import('./complete/complete.ts')).complete(given, argv.slice(1));
  let hasResult = false;
  const io: Io = {
    ...given,
    out: (text) => {
      hasResult = true;
      given.out(text);
    },
  };
  /** A script that asked for JSON gets the refusal as JSON too, unless a result stands there already. */
  const printProblems = (problems: readonly Problem[]): void => {
    if (asksForJson(argv) && !hasResult) printJson(io, { problems });
  };
  const { runProgram } = await import('./program.ts');
  try {
    const { status, problem } = await runProgram(argv, io);
    if (problem !== undefined) printProblems([problem]);
    return status;
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    printError(io, error);
    printProblems([error.toProblem(), ...error.others]);
    return exitStatus(error.code);
  }
}

/** Whether the words ask for JSON: known before they are read, for words that cannot be read. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}
