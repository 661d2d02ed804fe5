/** Running a built program of the laboratory as people do. */
import { spawn } from 'node:child_process';

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program to its end, whatever that is. */
export function runProgram(
  command: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Ended> {
  const { input = '', env = process.env, cwd } = options;
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env, cwd });
    let output = '';
    const take = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('close', (status) => resolve({ status, output }));
    child.stdin.end(input);
  });
}
