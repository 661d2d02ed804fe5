/** The program of a release of Node: fetched into the cache, never part of the project. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../../lab/cache.ts';
import { ProgramError, run } from '../../lab/process.ts';
import type { Reason } from '../skip.ts';
import { downloadFromNpm, NotBrought } from './npm-package.ts';
import type { NodeRelease } from './releases.ts';

export interface NodeBinary {
  readonly version: string;
  readonly path: string;
  /** Why it is not to be had here; empty when it is. */
  readonly reason: Reason;
}

/** The programs of several releases, fetched one after the other: each is large, and a registry that is away is asked once. */
export async function nodeBinaries(releases: readonly NodeRelease[]): Promise<readonly NodeBinary[]> {
  const binaries: NodeBinary[] = [];
  for (const release of releases) binaries.push(await nodeBinary(release));
  return binaries;
}

/** The program that npm has for this machine. */
async function nodeBinary({ version, integrity }: NodeRelease): Promise<NodeBinary> {
  const kind = `${process.platform}-${process.arch}`;
  const expected = process.platform === 'linux' ? integrity[process.arch] : undefined;
  if (expected === undefined) return { version, path: '', reason: { excused: `npm has no Node ${version} for ${kind}` } };
  try {
    const directory = await cached(`node-${version}-${kind}`, async (building) => {
      const download = join(building, 'download');
      const archive = await downloadFromNpm(`node-${kind}@${version}`, expected, download);
      await run('tar', ['-x', '-f', archive, '-C', building, '--strip-components=1', 'package/bin/node']);
      await rm(download, { recursive: true });
    });
    const path = join(directory, 'bin/node');
    return { version, path, reason: await missingLibrary(path, version) };
  } catch (error) {
    // Anything else, a wrong checksum most of all, is no reason to go on without.
    if (!(error instanceof NotBrought)) throw error;
    return { version, path: '', reason: `${error.message}, and the cache does not have Node ${version}` };
  }
}

/** What of the machine's libraries a release needs and does not find: npm's Node 26 needs libatomic, which not every machine has. */
async function missingLibrary(path: string, version: string): Promise<string> {
  try {
    await run(path, ['--version']);
    return '';
  } catch (error) {
    const name = error instanceof ProgramError ? /error while loading shared libraries: ([\w.+-]+):/.exec(error.output)?.[1] : undefined;
    if (name === undefined) throw error;
    return `npm's Node ${version} needs ${name}, which this machine lacks`;
  }
}
