/** One command line, from words to exit status. */
import { CommanderError } from 'commander';
import { exitStatus, HostdevError } from '../errors.ts';
import { type Io, printError } from './io.ts';
import { buildProgram, keepFollowingWords, statusOf } from './program.ts';

/** Runs one command line and returns its exit status; nothing else of the process is touched. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let status = 0;
  const program = buildProgram(io, (result) => {
    status = result;
  });
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    await program.parseAsync(keepFollowingWords(argv), { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return statusOf(error);
    if (error instanceof HostdevError) {
      printError(io, error);
      return exitStatus(error.code);
    }
    throw error;
  }
}
