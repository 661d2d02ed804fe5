/** Debian's Chromium out of its packages, on any Linux: unpacked, not installed, in a directory that it sees as its root. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { installTree, ownArchitecture, setFingerprint } from '../debian/tree.ts';
import { mountNamespace } from '../machine/emulator.ts';

/** Where Debian has the program; /usr/bin/chromium is a script around it. */
const PROGRAM = '/usr/lib/chromium/chromium';

/** What it needs of /dev; nothing else of this machine is its business. */
const DEVICES = ['null', 'zero', 'random', 'urandom'];

/**
 * Chromium starts itself again for each of its processes, by the path of what runs: a loader named before it, as for the other programs of the
 * laboratory, would be taken for it. So it runs in a root of its own, which has the machine's processes, network and temporary files.
 */
function script(): string {
  const devices = DEVICES.map((name) => `: >"$tree/dev/${name}"; mount --bind /dev/${name} "$tree/dev/${name}"`);
  const temporary = `"$tree${tmpdir()}"`;
  return `#!/bin/sh
tree=\${0%/*}/tree
export tree
exec unshare ${mountNamespace().join(' ')} --propagation private sh -ec '
mount --rbind /proc "$tree/proc"
mount -t tmpfs -o mode=755 dev "$tree/dev"
mkdir "$tree/dev/shm"
${devices.join('\n')}
mkdir -p ${temporary}
mount --rbind ${tmpdir()} ${temporary}
PATH=$PATH:/usr/sbin:/sbin # where chroot is, and people other than root do not look
exec chroot "$tree" ${PROGRAM} "$@"' chromium "$@"
`;
}

/** Path of a program that starts it, made when it is missing. What it opens as a file has to be below the directory of temporary files. */
export async function chromium(): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify([setFingerprint('browser'), script()]));
  const directory = await cached(`browser-${ownArchitecture()}-${key.digest('hex').slice(0, 8)}`, async (building) => {
    await installTree(building, 'browser');
    for (const name of ['dev', 'proc', 'root', 'tmp']) await mkdir(join(building, 'tree', name), { recursive: true });
    await writeFile(join(building, 'chromium'), script(), { mode: 0o755 });
  });
  return join(directory, 'chromium');
}
