/** A Debian as it is freshly installed, in a directory: its packages are unpacked and configured by its own dpkg. */
import { createHash } from 'node:crypto';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cached } from '../cache.ts';
import { run } from '../process.ts';
import { downloadSet, setFingerprint } from './tree.ts';
import { unpackPackages } from './unpack.ts';

export type CleanRelease = '12' | '13';

/** Mounts and devices of a root; no sysfs, since this machine's functions are none of its business. */
const MOUNTS = `
mount -t proc proc "$R/proc"
mount -t tmpfs -o mode=755 dev "$R/dev"
mknod -m 666 "$R/dev/null" c 1 3; mknod -m 666 "$R/dev/zero" c 1 5; mknod -m 666 "$R/dev/tty" c 5 0
mknod -m 666 "$R/dev/random" c 1 8; mknod -m 666 "$R/dev/urandom" c 1 9
ln -s /proc/self/fd "$R/dev/fd"
`;

const ENVIRONMENT = 'env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive';

/** Maintainer scripts run for all of it, as an installer has them run. */
const CONFIGURE = `set -e
R=$1
${MOUNTS}
printf '#!/bin/sh\\nexit 101\\n' > "$R/usr/sbin/policy-rc.d"; chmod 755 "$R/usr/sbin/policy-rc.d"
cp "$R/usr/share/base-passwd/passwd.master" "$R/etc/passwd"; cp "$R/usr/share/base-passwd/group.master" "$R/etc/group"
mkdir -p "$R/var/lib/dpkg"; : > "$R/var/lib/dpkg/status"
${ENVIRONMENT} chroot "$R" sh -c 'dpkg --force-all --force-unsafe-io --unpack /packages/*.deb && dpkg --force-unsafe-io --configure -a'
`;

/** Changes go to memory, and are gone with the process. */
const ENTER = `set -e
tree=$1; share=$2; shift 2
mount -t tmpfs work "$tree/../work"
mkdir "$tree/../work/upper" "$tree/../work/overlay" "$tree/../work/root"
R=$tree/../work/root
mount -t overlay root -o "lowerdir=$tree,upperdir=$tree/../work/upper,workdir=$tree/../work/overlay" "$R"
${MOUNTS}
mkdir "$R/share"; mount --bind "$share" "$R/share"
exec ${ENVIRONMENT} chroot "$R" "$@"
`;

const UNSHARE = ['--mount', '--net', '--ipc', '--uts', '--pid', '--fork', '--kill-child', '--propagation', 'private'];

/** Why there can be none here; empty when there can. */
export function cleanRootReason(): string {
  if (process.arch !== 'x64') return 'the clean Debian roots are for x86-64';
  return process.geteuid?.() === 0 ? '' : 'installing packages in a root of their own needs root';
}

/** The directory of a release, made when it is missing. */
export async function cleanRoot(release: CleanRelease): Promise<string> {
  const set = `clean-${release}` as const;
  const key = createHash('sha256').update(JSON.stringify([setFingerprint(set), CONFIGURE]));
  const directory = await cached(`${set}-${key.digest('hex').slice(0, 8)}`, async (building) => {
    const tree = join(building, 'tree');
    const archives = await downloadSet(set);
    await mkdir(tree);
    await unpackPackages(archives, tree);
    await mkdir(join(tree, 'packages'));
    for (const archive of archives) await cp(archive, join(tree, 'packages', basename(archive)));
    for (const name of ['proc', 'dev', 'sys', 'root', 'tmp', 'etc']) await mkdir(join(tree, name), { recursive: true });
    await writeFile(join(tree, 'etc/hostname'), `debian-${release}\n`);
    await run('unshare', [...UNSHARE, 'sh', '-c', CONFIGURE, 'sh', tree]);
    await rm(join(tree, 'packages'), { recursive: true });
    await mkdir(join(building, 'work'));
  });
  return join(directory, 'tree');
}

/** A command in a copy of the root that is gone when it ends; without network. `share` is /share in it. */
export function commandInside(tree: string, share: string, command: readonly string[]): string[] {
  return ['unshare', ...UNSHARE, 'sh', '-c', ENTER, 'sh', tree, share, ...command];
}

/** Runs a script of sh in such a copy and returns what it printed. */
export async function runInside(tree: string, share: string, script: string): Promise<string> {
  const [program = '', ...args] = commandInside(tree, share, ['sh', '-c', script]);
  return run(program, args, { timeoutMs: 120_000 });
}
