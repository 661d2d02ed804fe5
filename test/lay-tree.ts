/** A list of paths as files and links on disk: what --root, and a shell, can look at. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Tree } from '../src/testing/tree-port.ts';

/** Lays a tree below a directory. A link with something behind it leads to a directory that is made. */
export function layTree(root: string, tree: Tree, bytes: Readonly<Record<string, Uint8Array>> = {}): void {
  const paths = Object.keys(tree);
  const links = paths.filter((path) => tree[path]?.startsWith('→ ') === true).toSorted((a, b) => a.split('/').length - b.split('/').length);
  for (const path of links) {
    const [at, target] = [join(root, path), tree[path]?.slice(2) ?? ''];
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(target, at);
    if (paths.some((each) => each.startsWith(`${path}/`))) mkdirSync(resolve(dirname(at), target), { recursive: true });
  }
  const files = Object.entries({ ...tree, ...bytes }).filter(([path]) => !links.includes(path));
  for (const [path, content] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
