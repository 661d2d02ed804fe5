/** Another hostdev, as far as one sees of it: it has the lock. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';

/** Resolves when it has the lock; it has it until it is told to let go, at the latest until the test is over. */
export async function holdLock(file: string): Promise<() => void> {
  const holder = spawn('flock', ['-n', file, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const letGo = (): void => void holder.stdin.end();
  onTestFinished(letGo);
  // cat only runs once the lock is held, and gives back what it gets.
  holder.stdin.write('.');
  await once(holder.stdout, 'data');
  // As it would: whoever meets a lock of nobody asks for a while.
  writeFileSync(`${file}.holder`, `root (pid ${process.pid})\n`);
  return letGo;
}
