/** One writer at a time. The kernel's own file lock does it, so a process that dies never leaves it behind. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostdevError } from '../../errors.ts';

/** What flock ends with when somebody else has the lock, util-linux's as well as busybox's. */
const CONFLICT = 1;

/**
 * Holds the lock while `act` runs. flock(1) takes it and keeps it until this process closes its input, which the
 * kernel does when the process ends in whichever way.
 *
 * @throws {HostdevError} `busy`, naming who holds it.
 */
export async function withLock<T>(directory: string, act: () => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'lock');
  const holder = spawn('flock', ['-n', file, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((resolve) => {
    holder.once('close', resolve);
    holder.once('error', () => resolve(null));
  });
  // cat gives back what it gets, and only runs once the lock is held.
  const acquired = new Promise<true>((resolve) => holder.stdout.once('data', () => resolve(true)));
  holder.stdin.on('error', () => undefined);
  holder.stdin.write('.');
  const outcome = await Promise.race([acquired, ended]);
  if (outcome !== true) throw await refusal(file, outcome);
  try {
    await writeFile(`${file}.holder`, `${describeSelf()}\n`);
    return await act();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

async function refusal(file: string, status: number | null): Promise<HostdevError> {
  if (status !== CONFLICT) {
    return new HostdevError('busy', `the lock ${file} cannot be taken`, {
      subject: file,
      hint: 'check that flock (util-linux) is installed and the directory can be written',
    });
  }
  const who = (await readFile(`${file}.holder`, 'utf8').catch(() => '')).trim();
  return new HostdevError('busy', `another hostdev is changing this host${who === '' ? '' : `: ${who}`}`, {
    subject: file,
    hint: 'wait until it is done, and run the command again',
  });
}

function describeSelf(): string {
  return `pid ${process.pid}, ${whoami()}`;
}

/** The user behind sudo where there is one. */
export function whoami(): string {
  const user = process.env['SUDO_USER'] ?? process.env['USER'] ?? process.env['LOGNAME'];
  return user === undefined || !/^[\w.-]{1,64}$/.test(user) ? `uid ${process.getuid?.() ?? 0}` : user;
}
