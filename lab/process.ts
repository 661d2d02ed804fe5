/** Running programs of the machine: no shell, bounded in time, output kept for the case that they fail. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  /** What it reads; nothing when missing. */
  readonly input?: string;
}

/** A program that failed, with everything it printed. */
export class ProgramError extends Error {
  readonly output: string;
  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

const KEPT_CHARACTERS = 16 * 1024 * 1024;

/** Runs a program to its end and returns what it printed; a failure carries the end of that. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 10 * 60_000,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const take = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-KEPT_CHARACTERS);
    };
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => reject(new Error(`${program} cannot be run: ${error.message}`, { cause: error })));
    child.on('close', (status, signal) => {
      if (status === 0) resolve(output);
      else reject(new ProgramError(`${program} ${args.join(' ').slice(0, 500)} ended with ${signal ?? status}:\n${output.slice(-4000)}`, output));
    });
  });
}
