/**
 * Debian's Node, made to run anywhere: its program and loader, the libraries it asks for, and the JavaScript that it reads from
 * /usr/share/nodejs when it starts, because Debian has those parts of Node in packages of their own.
 */
import { cp, mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LIBRARIES } from '../../lab/debian/libraries.ts';
import { parseNeeded } from './elf.ts';
import type { BundledNode } from './launcher.ts';

/** Compiled into the library. */
const SCRIPTS = '/usr/share/nodejs/';
/** As long, so that nothing in the library moves: what the launcher has opened as its descriptor 9. */
const OPENED = '/proc/self/fd/9///';

/** Copies it out of a tree of Debian packages; `architecture` is Debian's name. */
export async function stageDebianNode(
  tree: string,
  architecture: string,
  { root, directory }: { readonly root: string; readonly directory: string },
): Promise<BundledNode> {
  const [libraries = '', loader = ''] = LIBRARIES[architecture] ?? [];
  const target = join(root, directory);
  await mkdir(target, { recursive: true });
  const waiting: [name: string, file: string][] = [
    ['node', join(tree, 'usr/bin/node')],
    [loader, join(tree, libraries, loader)],
  ];
  const taken = new Set<string>();
  const scripts = new Set<string>();
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, file] = next;
    if (taken.has(name)) continue;
    taken.add(name);
    // Links lead to files with longer names; the program asks for the short ones.
    const bytes = await readFile(await realpath(file));
    for (const script of redirectScripts(bytes)) scripts.add(script);
    await writeFile(join(target, name), bytes, { mode: 0o755 });
    for (const library of parseNeeded(bytes)) waiting.push([library, join(tree, libraries, library)]);
  }
  for (const script of scripts) {
    await mkdir(dirname(join(target, 'share', script)), { recursive: true });
    await cp(join(tree, SCRIPTS, script), join(target, 'share', script), { dereference: true });
  }
  await stageLicences(tree, join(target, 'licences'));
  return { directory, loader };
}

/** Changes in place where scripts are read from, and gives their names. */
export function redirectScripts(bytes: Buffer): string[] {
  const names: string[] = [];
  for (let at = bytes.indexOf(SCRIPTS); at !== -1; at = bytes.indexOf(SCRIPTS, at + 1)) {
    // How Node was built is text in it as well, and names them among other things.
    if (bytes[at - 1] !== 0) continue;
    bytes.write(OPENED, at, 'latin1');
    names.push(bytes.toString('latin1', at + OPENED.length, bytes.indexOf(0, at)));
  }
  return names;
}

/**
 * Copies the licences of a tree of Debian packages: each package has its own in one file, which may be a link to another's, and which points to the texts
 * that many share.
 *
 * @throws {Error} when the file of a package is missing, or what it points to.
 */
export async function stageLicences(tree: string, target: string): Promise<void> {
  const documents = join(tree, 'usr/share/doc');
  for (const entry of await readdir(documents, { withFileTypes: true })) {
    await cp(join(documents, entry.name, 'copyright'), join(target, entry.name), { dereference: true }).catch((error: NodeJS.ErrnoException) => {
      // A directory may be there for examples alone; what is a link belongs to a package.
      if (error.code !== 'ENOENT' || entry.isSymbolicLink()) throw error;
    });
  }
  await cp(join(tree, SHARED_TEXTS), join(target, 'common-licenses'), { recursive: true, dereference: true });
}

/** Of the package base-files. */
const SHARED_TEXTS = 'usr/share/common-licenses';
