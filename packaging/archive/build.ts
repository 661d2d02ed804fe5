/** An archive with everything in it, Node too: unpacked anywhere, it runs there. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edition } from '../edition.ts';
import { stage } from '../stage.ts';
import { packTar } from '../tar.ts';
import { type BundledNode, launcher, PROGRAM_DIRECTORY } from './launcher.ts';
import { ARCHITECTURES, type Architecture, stageNode } from './node.ts';

/** Builds the archive of an architecture into a directory and returns its path. What is packed has been built before (`npm run build`). */
export function buildArchive(architecture: Architecture, target: string, edition: Edition): Promise<string> {
  return buildArchiveWith((root) => stageNode(architecture, root), target, { ...edition, machine: ARCHITECTURES[architecture] });
}

/** The same with a Node that somebody else puts there. */
export async function buildArchiveWith(
  stageOne: (root: string) => Promise<BundledNode>,
  target: string,
  edition: Edition & { readonly machine: string },
): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'hostdev-archive-'));
  try {
    const name = `hostdev-${edition.version}-linux-${edition.machine}`;
    const root = join(work, name);
    await stage(root, { program: PROGRAM_DIRECTORY, share: 'share', zsh: 'zsh/site-functions' }, edition);
    const node = await stageOne(root);
    await mkdir(join(root, 'bin'), { recursive: true });
    await writeFile(join(root, 'bin/hostdev'), launcher(node), { mode: 0o755 });
    await mkdir(target, { recursive: true });
    const path = join(target, `${name}.tar.gz`);
    await packTar(path, work, { members: [name], date: edition.date });
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
