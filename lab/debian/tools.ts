/** Programs out of locked packages, for a machine that has none of them. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { LIBRARIES } from './libraries.ts';
import { installTree, ownArchitecture, setFingerprint } from './tree.ts';

const PROGRAMS = ['usr/sbin/mke2fs', 'usr/bin/openssl', 'usr/bin/ssh', 'usr/bin/ssh-keygen', 'usr/bin/ssh-keyscan'];

function toolsName(): string {
  const key = createHash('sha256').update(JSON.stringify([setFingerprint('tools'), PROGRAMS]));
  return `tools-${ownArchitecture()}-${key.digest('hex').slice(0, 8)}`;
}

/** Directory with a script for each program, which runs it with its own loader and libraries. */
export async function toolsDirectory(): Promise<string> {
  const directory = await cached(toolsName(), async (building) => {
    await installTree(building, 'tools');
    await mkdir(join(building, 'bin'));
    for (const program of PROGRAMS) await writeScript(program, building);
  });
  return join(directory, 'bin');
}

async function writeScript(program: string, building: string): Promise<void> {
  const [library = '', loader = ''] = LIBRARIES[ownArchitecture()] ?? [];
  const name = program.slice(program.lastIndexOf('/') + 1);
  // What is built beside its place is moved there: the script finds the tree from where it stands itself.
  const script = `#!/bin/sh
tree=\${0%/*}/../tree
export MKE2FS_CONFIG="$tree/etc/mke2fs.conf" OPENSSL_CONF="$tree/etc/ssl/openssl.cnf" OPENSSL_MODULES="$tree/${library}/ossl-modules"
exec "$tree/${library}/${loader}" --library-path "$tree/${library}" "$tree/${program}" "$@"
`;
  const path = join(building, 'bin', name);
  await writeFile(`${path}.new`, script);
  await chmod(`${path}.new`, 0o755);
  await rename(`${path}.new`, path);
}

/** Path of one of them. */
export async function tool(name: 'mke2fs'): Promise<string> {
  return join(await toolsDirectory(), name);
}
