/** Programs of the system: bounded in time and in what they print, whatever they do about it. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface RunOptions {
  /** Milliseconds until it is asked to end; after {@link GRACE_MS} more it is killed. */
  readonly timeoutMs: number;
  /** Bytes that it may print; 4 MiB when missing. */
  readonly outputLimit?: number;
  /** Open files that it gets as descriptors 3, 4, …. */
  readonly inherit?: readonly number[];
}

/** How a program failed. */
interface ProgramError extends Error {
  /** Exit status; undefined when it did not end by itself. */
  readonly status: number | undefined;
  readonly stderr: string;
  /** As the system names it: ENOENT where there is no such program, ETIMEDOUT, ENOBUFS. */
  readonly code: string | undefined;
}

const OUTPUT_LIMIT = 4 * 1024 * 1024;

/** So long a program has to clean up behind itself. */
export const GRACE_MS = 2000;

/** So long a killed one has to be gone. One that waits in the kernel cannot be ended; it is left behind. */
const GONE_MS = 1000;

/**
 * Runs a program with the words of C, and gives what it printed. It is a process group of its own: what it starts ends with it, and
 * Ctrl-C on the terminal does not tear it in the middle.
 *
 * @throws {ProgramError}
 */
export function runProgram(program: string, args: readonly string[], { timeoutMs, outputLimit = OUTPUT_LIMIT, inherit = [] }: RunOptions): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', ...inherit], env: { ...process.env, LC_ALL: 'C' }, detached: true });
  return new Promise<string>((resolve, reject) => {
    const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const text = (of: keyof typeof printed): string => Buffer.concat(printed[of]).toString('utf8');
    let bytes = 0;
    let why: { readonly code: string; readonly words: string } | undefined;
    let timer: NodeJS.Timeout | undefined;

    const fail = (message: string, code?: string): void => {
      const status = code === undefined ? (child.exitCode ?? undefined) : undefined;
      reject(Object.assign(new Error(`${program} ${message}`), { status, code, stderr: text('stderr') }) satisfies ProgramError);
    };
    const leaveBehind = (): void => {
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      child.unref();
      fail(`${why?.words ?? 'was ended'}, and cannot be killed`, why?.code);
    };
    const kill = (): void => {
      signalGroup(child, 'SIGKILL');
      timer = setTimeout(leaveBehind, GONE_MS);
    };
    const end = (code: string, words: string): void => {
      if (why !== undefined) return;
      why = { code, words };
      clearTimeout(timer);
      signalGroup(child, 'SIGTERM');
      timer = setTimeout(kill, GRACE_MS);
    };
    timer = setTimeout(() => end('ETIMEDOUT', `has not ended after ${timeoutMs / 1000} s`), timeoutMs);

    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > outputLimit) end('ENOBUFS', `prints more than ${outputLimit} bytes`);
        else printed[name].push(chunk);
      });
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(`cannot be run: ${error.message}`, error.code);
    });
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      // What it has left running in its group is not waited for, nor left to run.
      if (why !== undefined) signalGroup(child, 'SIGKILL');
      if (why !== undefined) fail(`${why.words} and was ended`, why.code);
      else if (status === 0) resolve(text('stdout'));
      else fail(text('stderr').trim().split('\n')[0] || `ended with ${signal ?? `status ${status}`}`);
    });
  });
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
