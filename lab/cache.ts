/** Where the laboratory keeps what it downloaded and built; a fresh clone finds it again. */
import { link, mkdir, open, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from './process.ts';
import { COMPLETE, removeUnused, touch } from './unused.ts';

/** `${XDG_CACHE_HOME:-~/.cache}/hostdev` */
function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'hostdev');
}

/** Where a place of the cache is, or will be. */
export function cachedPlace(name: string): string {
  return join(cacheDirectory(), name);
}

/** How long one process may build while another waits for it. */
const LOCK_TIMEOUT_MS = 30 * 60_000;

/**
 * A directory of the cache, made by `build` unless it is there already. It is built beside its place and
 * renamed, so that it is there whole or not at all; two processes never build at once. What it replaces goes when it has long not been used.
 */
export async function cached(name: string, build: (directory: string) => Promise<void>): Promise<string> {
  const place = await made(name, build);
  await touch(place);
  await removeUnused(cacheDirectory(), name);
  return place;
}

async function made(name: string, build: (directory: string) => Promise<void>): Promise<string> {
  const place = join(cacheDirectory(), name);
  if (await exists(join(place, COMPLETE))) return place;
  return withLock(`${place}.lock`, async () => {
    if (await exists(join(place, COMPLETE))) return place;
    const beside = `${place}.building`;
    await rm(beside, { recursive: true, force: true });
    await rm(place, { recursive: true, force: true });
    await mkdir(beside, { recursive: true });
    await build(beside);
    await (await open(join(beside, COMPLETE), 'w')).close();
    await rename(beside, place);
    return place;
  });
}

async function withLock<T>(path: string, act: () => Promise<T>): Promise<T> {
  const release = await takeLock(path);
  try {
    return await act();
  } finally {
    await release();
  }
}

/** Waits for a place in the cache to be this process' own; for what two runs must not use at once. */
export function occupy(name: string): Promise<() => Promise<void>> {
  return takeLock(join(cacheDirectory(), `${name}.lock`));
}

async function takeLock(path: string): Promise<() => Promise<void>> {
  const give = Date.now() + LOCK_TIMEOUT_MS;
  await mkdir(dirname(path), { recursive: true });
  // Written first and linked then: a lock is never there without its holder's number.
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(own, String(process.pid));
  try {
    for (;;) {
      try {
        await link(own, path);
        return () => unlink(path).catch(() => undefined);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const holder = await readFile(path, 'utf8').catch(() => '');
        if (holder !== '' && !isRunning(Number(holder))) await stealLock(path, holder);
        else if (Date.now() > give) throw new Error(`${path} is held by process ${holder} for too long`, { cause: error });
        else await sleep(200);
      }
    }
  } finally {
    await unlink(own).catch(() => undefined);
  }
}

/** A process that was killed leaves its lock behind. Another may steal it first: then what was moved is put back. */
async function stealLock(path: string, dead: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, 'utf8').catch(() => dead)) !== dead) await link(aside, path).catch(() => undefined);
  await unlink(aside).catch(() => undefined);
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}
