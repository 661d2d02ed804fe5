/** A program run by some Node, in surroundings of its own: what this run or its user sets must not silence or colour it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { onTestFinished } from 'vitest';

export interface NodeProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads; nothing when missing. */
  readonly stdin?: string;
  /** Files it prints to, instead of being listened to. */
  readonly stdout?: number;
  readonly stderr?: number;
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface NodeProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts it; it does not outlive the test. */
export function startNode(binary: string, args: readonly string[], options: NodeProcessOptions = {}): NodeProcess {
  const child = spawn(binary, args, {
    // What the next Node will warn of is warned of today.
    env: { PATH: process.env['PATH'], HOME: tmpdir(), TMPDIR: tmpdir(), NODE_PENDING_DEPRECATION: '1', ...options.env },
    stdio: ['pipe', options.stdout ?? 'pipe', options.stderr ?? 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  // It may end without reading.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin ?? '');
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name]?.setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...text }));
  });
  return { child, ended };
}

export function runNode(binary: string, args: readonly string[], options?: NodeProcessOptions): Promise<Ended> {
  return startNode(binary, args, options).ended;
}
