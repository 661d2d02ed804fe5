/** A directory tree of Debian packages, unpacked and not installed. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cachedPlace, occupy } from '../cache.ts';
import { projectLock, setKey } from './lock.ts';
import { mirrorFrom } from './mirror.ts';
import { obtainSet } from './obtain.ts';
import { downloadProgress, type Shown, shownOnStderr } from './progress.ts';
import { SETS, type SetName } from './sets.ts';
import { unpackPackages } from './unpack.ts';

/** Debian's names of architectures. */
const ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', s390x: 's390x' };

/** Debian's name of this machine's architecture. */
export function ownArchitecture(): string {
  const name = ARCHITECTURE[process.arch];
  if (name === undefined) throw new Error(`the laboratory has no packages for machines of the architecture ${process.arch}`);
  return name;
}

/** The architecture of a set: the only one it has, or this machine's. */
function architectureOf(set: SetName): string {
  const [first, ...more] = SETS[set].architectures;
  return more.length === 0 && first !== undefined ? first : ownArchitecture();
}

/** The files of a set, downloaded unless they are there; they are kept. */
export async function downloadSet(set: SetName, shown: Shown = shownOnStderr()): Promise<string[]> {
  // One at a time: two would write into the same half of a file.
  const leave = await occupy('packages');
  try {
    return await obtainSet(setKey(set, architectureOf(set)), SETS[set].release, {
      lock: projectLock(),
      mirror: mirrorFrom(process.env),
      directory: cachedPlace('packages'),
      progress: downloadProgress(shown),
    });
  } finally {
    await leave();
  }
}

/** Downloads a set and unpacks it into `directory`/tree. */
export async function installTree(directory: string, set: SetName, shown?: Shown): Promise<void> {
  const archives = await downloadSet(set, shown);
  const tree = join(directory, 'tree');
  await mkdir(tree);
  await unpackPackages(archives, tree);
}

/** The tree of a set, kept for as long as the lock names the same packages. */
export async function cachedTree(set: SetName, shown?: Shown): Promise<string> {
  const key = createHash('sha256').update(setFingerprint(set)).digest('hex').slice(0, 8);
  return join(await cached(`${set}-${architectureOf(set)}-${key}`, (directory) => installTree(directory, set, shown)), 'tree');
}

/** Changes with the packages of a set. */
export function setFingerprint(set: SetName): string {
  return JSON.stringify(projectLock().sets.get(setKey(set, architectureOf(set))));
}
