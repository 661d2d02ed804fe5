/** One writer at a time. The kernel's own file lock does it, so a process that dies never leaves it behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../../errors.ts';

/** What flock ends with when somebody else has the lock, util-linux's as well as busybox's. */
const CONFLICT = 1;

/** Who holds it is written right behind taking it, and wiped right before it is given up: in between it is asked again. */
const TRIES = 50;
const AGAIN_MS = 10;

/**
 * Holds the lock while `act` runs. flock(1) takes it and keeps it until this process closes its input, which the
 * kernel does when the process ends in whichever way.
 *
 * @throws {HostdevError} `busy`, naming who holds it.
 */
export async function withLock<T>(directory: string, act: () => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'lock');
  const holder = await takeLock(file);
  try {
    await writeFile(`${file}.holder`, `${whoami()}\n`);
    return await act();
  } finally {
    await writeFile(`${file}.holder`, '').catch(() => undefined);
    holder.process.stdin.end();
    await holder.ended;
  }
}

interface Holder {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly ended: Promise<number | null>;
}

async function takeLock(file: string): Promise<Holder> {
  for (let left = TRIES; ; left -= 1) {
    const holder = spawnHolder(file);
    // cat gives back what it gets, and only runs once the lock is held.
    const acquired = new Promise<true>((resolve) => holder.process.stdout.once('data', () => resolve(true)));
    holder.process.stdin.on('error', () => undefined);
    holder.process.stdin.write('.');
    const outcome = await Promise.race([acquired, holder.ended]);
    if (outcome === true) return holder;
    if (outcome !== CONFLICT) {
      throw new HostdevError('busy', `the lock ${file} cannot be taken`, {
        subject: file,
        hint: 'check that flock (util-linux) is installed and the directory can be written',
      });
    }
    const who = await readHolder(file);
    if (who === undefined && left > 0) {
      await sleep(AGAIN_MS);
      continue;
    }
    throw new HostdevError('busy', `another hostdev is changing this host: ${who ?? 'it does not say who'}`, {
      subject: file,
      hint: 'wait until it is done, and run the command again; --wait does that',
    });
  }
}

function spawnHolder(file: string): Holder {
  // In a session of its own: Ctrl-C goes to all processes of the terminal, and must not take the lock from under us.
  const process = spawn('flock', ['-n', file, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const ended = new Promise<number | null>((resolve) => {
    process.once('close', resolve);
    process.once('error', () => resolve(null));
  });
  return { process, ended };
}

/** undefined while nobody has said so: between two holders, or behind one that was killed. */
async function readHolder(file: string): Promise<string | undefined> {
  const who = (await readFile(`${file}.holder`, 'utf8').catch(() => '')).trim();
  const pid = Number(/\(pid (\d+)\)$/.exec(who)?.[1] ?? 0);
  return pid > 0 && isRunning(pid) ? who : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The user behind sudo where there is one, and the process. */
export function whoami(): string {
  const user = process.env['SUDO_USER'] ?? process.env['USER'] ?? process.env['LOGNAME'];
  const name = user === undefined || !/^[\w.-]{1,64}$/.test(user) ? `uid ${process.getuid?.() ?? 0}` : user;
  return `${name} (pid ${process.pid})`;
}
