/** What the cache has for no use: images of recipes and locks that are not those of today, and halves of what was being built. */
import { readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning } from './process.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Another clone, or another branch of this one, may want them again. */
const KEPT_MS = 30 * DAY_MS;

/** Written when a place is whole; its time says when it was used last. */
export const COMPLETE = '.complete';

/** What is made anew when its hash changes: `host-pc-0fa78bf54ed7`. Trees of Node and libvirt's sources are named by their version. */
const IMAGE = /^((?:host|guest|emulator|libvirtd|tools|browser|cockpit|clean)-.+)-[0-9a-f]{8,12}$/;

/** Says that a place is used now. */
export async function touch(place: string): Promise<void> {
  const now = new Date();
  // A cache can belong to somebody else, who only lets us read it.
  await utimes(join(place, COMPLETE), now, now).catch(() => undefined);
}

/** Removes what is of the same kind as `name`, of another hash, and has not been used for thirty days. */
export async function removeUnused(directory: string, name: string, now = Date.now()): Promise<void> {
  const kind = IMAGE.exec(name)?.[1];
  if (kind === undefined) return;
  for (const other of await readdir(directory)) {
    const place = other.replace(/\.(building|unused\.\d+)$/, '');
    if (place === name || IMAGE.exec(place)?.[1] !== kind || (await isBeingBuilt(join(directory, place)))) continue;
    const used = await lastUse(join(directory, other));
    if (used !== undefined && now - used > KEPT_MS) await remove(join(directory, other));
  }
}

/** Its lock names who builds it. */
async function isBeingBuilt(place: string): Promise<boolean> {
  const holder = Number(await readFile(`${place}.lock`, 'utf8').catch(() => ''));
  return holder > 0 && isRunning(holder);
}

async function lastUse(place: string): Promise<number | undefined> {
  const whole = await stat(join(place, COMPLETE)).catch(() => undefined);
  return (whole ?? (await stat(place).catch(() => undefined)))?.mtimeMs;
}

/** Under another name first: it is there whole or not at all. */
async function remove(place: string): Promise<void> {
  const aside = `${place}.unused.${process.pid}`;
  try {
    await rename(place, aside);
  } catch {
    return;
  }
  await rm(aside, { recursive: true, force: true }).catch(() => undefined);
}

/** Removes directories of that prefix whose process is gone: it was killed, and could not clean up. */
export async function removeLeftBehind(directory: string, prefix: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(prefix)) continue;
    const place = join(directory, name);
    const pid = Number(await readFile(join(place, PID), 'utf8').catch(() => ''));
    const begun = (await stat(place).catch(() => undefined))?.mtimeMs ?? Date.now();
    // Without a number it may have been made this moment.
    const isLeft = pid > 0 ? !isRunning(pid) : Date.now() - begun > DAY_MS;
    if (isLeft) await rm(place, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** File with the number of the process that a directory belongs to. */
export const PID = 'pid';
