/** Programs out of locked packages, for a machine that has none of them. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cached } from '../cache.ts';
import { LIBRARIES } from './libraries.ts';
import { installTree, ownArchitecture, setFingerprint } from './tree.ts';

const PROGRAMS = ['usr/sbin/mke2fs', 'usr/bin/openssl', 'usr/bin/ssh', 'usr/bin/ssh-keygen', 'usr/bin/ssh-keyscan'];

function toolsName(): string {
  const key = createHash('sha256').update(JSON.stringify([setFingerprint('tools'), PROGRAMS.map(scriptOf)]));
  return `tools-${ownArchitecture()}-${key.digest('hex').slice(0, 8)}`;
}

/** Directory with a script for each program, which runs it with its own loader and libraries. */
export async function toolsDirectory(): Promise<string> {
  const directory = await cached(toolsName(), async (building) => {
    await installTree(building, 'tools');
    await mkdir(join(building, 'bin'));
    for (const program of PROGRAMS) await writeFile(join(building, 'bin', basename(program)), scriptOf(program), { mode: 0o755 });
  });
  return join(directory, 'bin');
}

/** Finds the tree from where it stands itself: what is built beside its place is moved there. */
function scriptOf(program: string): string {
  const [library = '', loader = ''] = LIBRARIES[ownArchitecture()] ?? [];
  return `#!/bin/sh
tree=\${0%/*}/../tree
export MKE2FS_CONFIG="$tree/etc/mke2fs.conf" OPENSSL_CONF="$tree/etc/ssl/openssl.cnf" OPENSSL_MODULES="$tree/${library}/ossl-modules"
exec "$tree/${library}/${loader}" --library-path "$tree/${library}" "$tree/${program}" "$@"
`;
}

/** Path of one of them. */
export async function tool(name: 'mke2fs'): Promise<string> {
  return join(await toolsDirectory(), name);
}
