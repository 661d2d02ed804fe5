/** The Node that an archive brings along: npm's program, or where npm has none Debian's, with its libraries and its loader. */
import { cp, mkdir, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cached } from '../../lab/cache.ts';
import { LIBRARIES } from '../../lab/debian/libraries.ts';
import { installTree } from '../../lab/debian/tree.ts';
import { run } from '../../lab/process.ts';
import { downloadFromNpm } from '../../test/node-versions/npm-package.ts';
import { NODE_RELEASES } from '../../test/node-versions/releases.ts';
import { neededLibraries } from './elf.ts';
import type { BundledNode } from './launcher.ts';

/** Architectures as Node names them; the archives are called as the kernel calls them. */
export const ARCHITECTURES = { x64: 'x86_64', arm64: 'aarch64', s390x: 's390x' } as const;
export type Architecture = keyof typeof ARCHITECTURES;

/** The line with long-term support. */
const LINE = '24.';

/** Where in an archive it is. */
const PLACE = 'lib/node';

/** Puts Node and its licences into the directory of an archive. */
export function stageNode(architecture: Architecture, root: string): Promise<BundledNode> {
  return architecture === 's390x' ? fromDebian(root) : fromNpm(architecture, root);
}

async function fromNpm(architecture: 'x64' | 'arm64', root: string): Promise<BundledNode> {
  const release = NODE_RELEASES.find(({ version }) => version.startsWith(LINE));
  const integrity = release?.integrity[architecture];
  if (release === undefined || integrity === undefined) throw new Error(`no Node ${LINE}x is known for ${architecture}`);
  const kind = `linux-${architecture}`;
  const directory = await cached(`node-${release.version}-${kind}-package`, async (building) => {
    const archive = await downloadFromNpm(`node-${kind}@${release.version}`, integrity, join(building, 'download'));
    await run('tar', ['-x', '-f', archive, '-C', building]);
  });
  const target = join(root, PLACE);
  await mkdir(target, { recursive: true });
  await cp(join(directory, 'package/bin/node'), join(target, 'node'));
  await cp(join(directory, 'package/LICENSE'), join(target, 'LICENSE'));
  return { directory: PLACE };
}

/** Debian's Node is small; most of it, and what it needs of C and C++, are libraries. */
async function fromDebian(root: string): Promise<BundledNode> {
  const directory = await cached('node-debian-s390x', (building) => installTree(building, 'node-s390x'));
  const tree = join(directory, 'tree');
  const [libraries = '', loader = ''] = LIBRARIES['s390x'] ?? [];
  const target = join(root, PLACE);
  await mkdir(target, { recursive: true });
  await cp(join(tree, 'usr/bin/node'), join(target, 'node'));
  const waiting = [loader, ...(await neededLibraries(join(tree, 'usr/bin/node')))];
  const taken = new Set<string>();
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (taken.has(name)) continue;
    taken.add(name);
    // Links lead to files with longer names; the program asks for the short ones.
    const file = await realpath(join(tree, libraries, name));
    await cp(file, join(target, name));
    waiting.push(...(await neededLibraries(file)));
  }
  await stageLicences(tree, join(target, 'licences'));
  return { directory: PLACE, loader };
}

/** Debian has those of each package in one file. */
async function stageLicences(tree: string, target: string): Promise<void> {
  const documents = join(tree, 'usr/share/doc');
  for (const name of await readdir(documents)) {
    await cp(join(documents, name, 'copyright'), join(target, basename(name))).catch((error: NodeJS.ErrnoException) => {
      // One package's documents may be a link to another's.
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
