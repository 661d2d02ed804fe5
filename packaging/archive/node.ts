/** The Node that an archive brings along: npm's program, or where npm has none Debian's. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../../lab/cache.ts';
import { cachedTree } from '../../lab/debian/tree.ts';
import { run } from '../../lab/process.ts';
import { downloadFromNpm } from '../../test/node-versions/npm-package.ts';
import { NODE_RELEASES } from '../../test/node-versions/releases.ts';
import { stageDebianNode } from './debian-node.ts';
import type { BundledNode } from './launcher.ts';

/** Architectures as Node names them; the archives are called as the kernel calls them. */
export const ARCHITECTURES = { x64: 'x86_64', arm64: 'aarch64', s390x: 's390x' } as const;
export type Architecture = keyof typeof ARCHITECTURES;

/** The line with long-term support. */
const LINE = '24.';

/** Where in an archive it is. */
export const NODE_DIRECTORY = 'lib/node';

/** Puts Node and its licences into the directory of an archive. */
export async function stageNode(architecture: Architecture, root: string): Promise<BundledNode> {
  if (architecture !== 's390x') return fromNpm(architecture, root);
  return stageDebianNode(await cachedTree('node-s390x'), 's390x', { root, directory: NODE_DIRECTORY });
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
  const target = join(root, NODE_DIRECTORY);
  await mkdir(target, { recursive: true });
  await cp(join(directory, 'package/bin/node'), join(target, 'node'));
  await cp(join(directory, 'package/LICENSE'), join(target, 'LICENSE'));
  return { directory: NODE_DIRECTORY };
}
