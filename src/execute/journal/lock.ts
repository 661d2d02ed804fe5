/** One writer at a time. The kernel's own file lock does it, so a process that dies never leaves it behind. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readlink, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../../errors.ts';
import { readBounded } from '../../files/read-bounded.ts';
import { runProgram } from '../../host/run-program.ts';

/** The lock while it is held: what may be written under it asks it first. */
export interface Lock {
  /** The directory it is for. */
  readonly directory: string;
  /** @throws {HostdevError} `lock-lost` when it is not held any more. */
  readonly requireHeld: () => Promise<void>;
}

/** Held from here: the garbage collector closes what nobody refers to, such as the open file of who waits for what never comes. */
const held = new Set<FileHandle>();

/** Who holds it is written right behind taking it, and wiped right before it is given up: in between it is asked again. */
const TRIES = 50;
const AGAIN_MS = 10;

/**
 * Holds the lock while `act` runs.
 *
 * @throws {HostdevError} `busy`, naming who holds it; `lock-impossible` when waiting would not help.
 */
export async function withLock<T>(directory: string, act: (lock: Lock) => Promise<T>): Promise<T> {
  const file = join(directory, 'lock');
  await mkdir(directory, { recursive: true }).catch((cause: unknown) => {
    throw cannotLock(file, cause);
  });
  const handle = await takeLock(file);
  held.add(handle);
  const requireHeld = async (): Promise<void> => {
    if (!held.has(handle) || !(await isStillAt(handle, file))) throw lockLost(file);
  };
  try {
    await writeFile(`${file}.holder`, `${whoami()}\n`);
    return await act({ directory, requireHeld });
  } finally {
    // What stands there is not ours to wipe when somebody else has the lock by now.
    if (await isStillAt(handle, file)) await writeFile(`${file}.holder`, '').catch(() => undefined);
    held.delete(handle);
    await handle.close();
  }
}

/**
 * An open file that is locked. A lock of flock(2) belongs to the open file, not to the process that asked for it: flock(1) locks what it
 * inherits from us and ends, and the lock lives as long as we keep the file open. There is no second process that could be killed.
 */
async function takeLock(file: string): Promise<FileHandle> {
  for (let left = TRIES; ; left -= 1) {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o644).catch((cause: unknown) => {
      throw cannotLock(file, cause);
    });
    try {
      const isOurs = await lockOpenFile(handle, file);
      if (isOurs && (await isStillAt(handle, file))) return handle;
      const who = isOurs ? undefined : await readHolder(file);
      if (who !== undefined || left <= 0) throw busy(file, who);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    await sleep(AGAIN_MS);
  }
}

/** What flock ends with when somebody else has the lock, util-linux's as well as busybox's. */
const CONFLICT = 1;

/** It never waits; a file system that hangs does. */
const LOCK_MS = 10_000;

/** Number of the descriptor in flock(1), behind its three standard ones. */
const INHERITED = 3;

/** Whether the lock is ours; false when somebody else has it. */
async function lockOpenFile(handle: FileHandle, file: string): Promise<boolean> {
  try {
    await runProgram('flock', ['-n', String(INHERITED)], { timeoutMs: LOCK_MS, inherit: [handle.fd] });
    return true;
  } catch (error) {
    if ((error as { status?: number }).status === CONFLICT) return false;
    throw cannotLock(file, error);
  }
}

/** A file that was removed or replaced locks nobody out: whoever comes next locks the new one. */
async function isStillAt(handle: FileHandle, file: string): Promise<boolean> {
  const [ours, there] = await Promise.all([handle.stat({ bigint: true }), stat(file, { bigint: true }).catch(() => undefined)]);
  return there !== undefined && ours.ino === there.ino && ours.dev === there.dev;
}

function busy(file: string, who: string | undefined): HostdevError {
  return new HostdevError('busy', `another hostdev is changing this host: ${who ?? 'it does not say who'}`, {
    subject: file,
    hint: 'wait until it is done, and run the command again; --wait does that',
  });
}

function cannotLock(file: string, cause: unknown): HostdevError {
  return new HostdevError('lock-impossible', `the lock ${file} cannot be taken: ${cause instanceof Error ? cause.message : String(cause)}`, {
    subject: file,
    hint: 'check that flock (util-linux) is installed and the directory can be written',
    cause,
  });
}

function lockLost(file: string): HostdevError {
  return new HostdevError('lock-lost', `the lock ${file} is not held any more, so another hostdev may be changing this host; nothing more was changed`, {
    subject: file,
    hint: "somebody has removed or replaced the file; 'hostdev recover' looks what became of what was begun",
  });
}

const HOLDER_LIMIT = 4096;

/** undefined while nobody has said so: between two holders, or behind one that was killed. */
async function readHolder(file: string): Promise<string | undefined> {
  const who = (await readBounded(`${file}.holder`, HOLDER_LIMIT).catch(() => undefined))?.toString('utf8').trim() ?? '';
  const pid = Number(/\(pid (\d+)\)$/.exec(who)?.[1] ?? 0);
  return pid > 0 && isRunning(pid) ? who : undefined;
}

/**
 * Whether somebody holds the lock of a directory at this moment: who has said so, and still has the file open. False where that cannot be seen: only
 * root sees what others have open.
 */
export async function isLocked(directory: string): Promise<boolean> {
  const file = join(directory, 'lock');
  const pid = Number(/\(pid (\d+)\)$/.exec((await readHolder(file)) ?? '')?.[1] ?? 0);
  if (pid === 0) return false;
  try {
    const [path, open] = await Promise.all([realpath(file), readdir(`/proc/${pid}/fd`)]);
    const targets = await Promise.all(open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => undefined)));
    return targets.includes(path);
  } catch {
    return false;
  }
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
