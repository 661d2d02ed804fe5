/** Somebody at the keyboard of a real, interactive shell: script(1) gives it a terminal. */
import { spawn } from 'node:child_process';
import { wordOf } from './quoting.ts';

export interface Typing {
  /** What the shell is started with. */
  readonly shell: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it prints when it waits for a line. */
  readonly prompt: string;
}

const TIMEOUT_MS = 20_000;

/** Types each line, keys such as tab among it, and waits for the prompt behind each; returns all that was on the terminal. */
export async function typeInto({ shell, env, prompt }: Typing, lines: readonly string[]): Promise<string> {
  const child = spawn('script', ['-q', '-e', '-c', shell.map(wordOf).join(' '), '/dev/null'], {
    env: { ...env, TERM: 'dumb' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let seen = '';
  let awaited: (() => void) | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
    awaited?.();
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, TIMEOUT_MS);
  const isReady = (count: number): Promise<void> =>
    new Promise((resolve) => {
      awaited = () => {
        if (seen.split(prompt).length > count) resolve();
      };
      awaited();
    });
  try {
    let from = 1;
    for (const line of [...lines, 'exit']) {
      await Promise.race([isReady(from), ended]);
      from = seen.split(prompt).length;
      child.stdin.write(`${line}\r`);
    }
    await ended;
    if (isLate) throw new Error(`${shell.join(' ')} did not end:\n${seen}`);
    return seen;
  } finally {
    clearTimeout(timer);
  }
}
