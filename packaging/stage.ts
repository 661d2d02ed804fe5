/** What every package consists of: the built command, manual pages, completions, the page for Cockpit, documents. */
import { chmod, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BASH } from '../src/cli/complete/shells/bash.ts';
import { FISH } from '../src/cli/complete/shells/fish.ts';
import { ZSH } from '../src/cli/complete/shells/zsh.ts';
import { COCKPIT_PACKAGE } from './cockpit/manifest.ts';
import { METAINFO, METAINFO_FILE } from './cockpit/metainfo.ts';
import type { Edition } from './edition.ts';
import { DEPENDENCY } from './licences/read.ts';
import { manualPages } from './manual/pages.ts';

/** Where things go, below the directory that is packed. */
export interface Layout {
  /** The command's own directory. */
  readonly program: string;
  readonly share: string;
  /** Where zsh looks: distributions and others have different places. */
  readonly zsh: string;
}

/** The command's file in its directory. */
export const PROGRAM = 'cli/cli.cjs';

/** Where Cockpit looks for the page, below `share`. */
export const COCKPIT = `cockpit/${COCKPIT_PACKAGE}`;

/** Copies and writes everything that does not depend on the kind of package. */
export async function stage(root: string, { program, share, zsh }: Layout, edition: Edition): Promise<void> {
  // The page is looked for beside the command.
  for (const part of ['cli', 'web']) await cp(`dist/${part}`, join(root, program, part), { recursive: true });
  await chmod(join(root, program, PROGRAM), 0o755);
  await stageDependency(join(root, program, 'node_modules', DEPENDENCY));
  for (const [name, text] of manualPages(edition)) await write(join(root, share, 'man/man1', `${name}.gz`), compressed(text));
  await write(join(root, share, 'bash-completion/completions/hostdev'), BASH);
  await write(join(root, share, 'fish/vendor_completions.d/hostdev.fish'), FISH);
  await write(join(root, share, zsh, '_hostdev'), ZSH);
  await cp('schemas', join(root, share, 'hostdev/schemas'), { recursive: true });
  await cp('dist/cockpit', join(root, share, COCKPIT), { recursive: true });
  await write(join(root, share, 'metainfo', METAINFO_FILE), METAINFO);
  const documents = join(root, share, 'doc/hostdev');
  await mkdir(join(documents, 'docs'), { recursive: true });
  for (const name of ['README.md', 'LICENSE']) await cp(name, join(documents, name));
  for (const name of (await readdir('docs')).filter((each) => each.endsWith('.md'))) await cp(join('docs', name), join(documents, 'docs', name));
}

/** What runs of it, and its licences. */
async function stageDependency(target: string): Promise<void> {
  const source = join('node_modules', DEPENDENCY);
  const isNeeded = (path: string): boolean => !/\.(map|d\.mts|md)$/.test(path);
  await cp(source, target, { recursive: true, filter: isNeeded });
}

export async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** Without name and time, so that the same text gives the same bytes. */
export function compressed(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}
