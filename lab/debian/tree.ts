/** A directory tree of Debian packages, unpacked and not installed. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadPackages } from './apt.ts';
import { unpackPackages } from './unpack.ts';

/** Debian's names of architectures. */
const ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', s390x: 's390x', ppc64: 'ppc64el' };

/** Debian's name of this machine's architecture. */
export function ownArchitecture(): string {
  const name = ARCHITECTURE[process.arch];
  if (name === undefined) throw new Error(`Debian has no packages for ${process.arch}`);
  return name;
}

/** Downloads packages and unpacks them into `directory`/tree; the archives are not kept. */
export async function installTree(directory: string, architecture: string, packages: readonly string[], suite?: string): Promise<void> {
  const apt = join(directory, 'apt');
  const archives = await downloadPackages(apt, architecture, packages, suite);
  await mkdir(join(directory, 'tree'));
  await unpackPackages(archives, join(directory, 'tree'));
  await rm(apt, { recursive: true });
}
