/** Running programs of the machine: no shell, bounded in time, output kept for the case that they fail. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

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
const TIMEOUT_MS = 10 * 60_000;

/** Runs a program to its end and returns what it printed; a failure carries the end of that. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? TIMEOUT_MS,
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

/** Runs a program and returns the bytes it wrote on stdout. */
export async function runForBytes(program: string, args: readonly string[]): Promise<Buffer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
  const ended = endOf(child, program);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  await ended;
  return Buffer.concat(parts);
}

/** A program with its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** Runs programs at once, each reading what the one before writes; the first reads `input`, nothing when missing. */
export async function runPipe(commands: readonly Command[], input?: Readable, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const children = commands.map(([program, ...args], i) =>
    spawn(program, args, {
      env,
      stdio: [i === 0 && input === undefined ? 'ignore' : 'pipe', i === commands.length - 1 ? 'ignore' : 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    }),
  );
  const ends = children.map((child, i) => endOf(child, commands[i]?.[0] ?? ''));
  // What breaks in between shows in how the programs end.
  const between = children.flatMap(({ stdin }, i) => {
    const from = i === 0 ? input : children[i - 1]?.stdout;
    return stdin === null || from === undefined || from === null ? [] : [pipeline(from, stdin).catch(() => undefined)];
  });
  await Promise.all([...ends, ...between]);
}

function endOf(child: ChildProcess, program: string): Promise<void> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)));
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`${program} cannot be run: ${error.message}`, { cause: error })));
    child.on('close', (status, signal) => {
      if (status === 0) resolve();
      else reject(new Error(`${program} ended with ${signal ?? status}: ${errors}`));
    });
  });
}

/** Whether a process is there, whoever it belongs to. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
