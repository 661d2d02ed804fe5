/** An archive with everything in it, Node too: unpacked anywhere, it runs there. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edition } from '../edition.ts';
import { stage } from '../stage.ts';
import { packTar } from '../tar.ts';
import { launcher } from './launcher.ts';
import { ARCHITECTURES, type Architecture, stageNode } from './node.ts';

/** Builds the archive of an architecture into a directory and returns its path. What is packed has been built before (`npm run build`). */
export async function buildArchive(architecture: Architecture, target: string, edition: Edition): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'hostdev-archive-'));
  try {
    const name = `hostdev-${edition.version}-linux-${ARCHITECTURES[architecture]}`;
    const root = join(work, name);
    await stage(root, { program: 'lib/hostdev', share: 'share', zsh: 'zsh/site-functions' }, edition);
    const node = await stageNode(architecture, root);
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
