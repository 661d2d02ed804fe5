/** One command line, from words to exit status. */
import { CommanderError } from 'commander';
import { exitStatus, HostdevError, type Problem } from '../errors.ts';
import { orderWords } from './command/word-order.ts';
import { type Io, printError, printJson } from './io.ts';
import { buildProgram, statusOf } from './program.ts';

/** Runs one command line and returns its exit status; nothing else of the process is touched. */
export async function main(argv: readonly string[], given: Io): Promise<number> {
  let status = 0;
  let hasResult = false;
  const io: Io = {
    ...given,
    out: (text) => {
      hasResult = true;
      given.out(text);
    },
  };
  const program = buildProgram(io, (result) => {
    status = result;
  });
  /** A script that asked for JSON gets the refusal as JSON too, unless a result stands there already. */
  const printProblems = (problems: readonly Problem[]): void => {
    if (asksForJson(argv) && !hasResult) printJson(io, { problems });
  };
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    await program.parseAsync(orderWords(argv), { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (statusOf(error) !== 0) printProblems([{ code: 'usage', severity: 'error', message: error.message.replace(/^error: /, '') }]);
      return statusOf(error);
    }
    if (error instanceof HostdevError) {
      printError(io, error);
      printProblems([error.toProblem(), ...error.others]);
      return exitStatus(error.code);
    }
    throw error;
  }
}

/** Whether the words ask for JSON: known before they are read, for words that cannot be read. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}
