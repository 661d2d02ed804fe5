/** Processes inside a tree of packages, in mounts of their own that are gone with them. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface InsideProcess {
  readonly pid: number;
  readonly alive: () => boolean;
  /** The end of what it said. */
  readonly words: () => Promise<string>;
  /** Kills it as if the power was cut. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Of devices only harmless ones: what stands for VFIO is another /dev/null, because libvirt looks whether there is one before it makes a command line. No sysfs: this machine's functions are none of its business. */
const SCRIPT = `
set -e
R=$1; B=$R/usr/bin/busybox; shift
$B mount -t proc proc $R/proc
$B mount -t tmpfs -o mode=755 dev $R/dev
$B mkdir $R/dev/shm $R/dev/pts
$B mount -t devpts devpts $R/dev/pts
$B mknod -m 666 $R/dev/null c 1 3; $B mknod -m 666 $R/dev/zero c 1 5
$B mknod -m 666 $R/dev/random c 1 8; $B mknod -m 666 $R/dev/urandom c 1 9
$B mkdir $R/dev/vfio; $B mknod -m 666 $R/dev/vfio/vfio c 1 3
$B ln -s pts/ptmx $R/dev/ptmx; $B ln -s /proc/self/fd $R/dev/fd
exec $B env -i PATH=/usr/sbin:/usr/bin HOME=/root LANG=C $B chroot $R "$@"
`;

let started = 0;

/** `network`: whether it shares this machine's; alone it has not even a loopback. */
export function spawnInside(tree: string, command: readonly string[], { network = false } = {}): InsideProcess {
  const logFile = join(tmpdir(), `hostdev-inside-${process.pid}-${started++}.log`);
  const log = openSync(logFile, 'w');
  const own = ['--mount', '--ipc', '--uts', ...(network ? [] : ['--net']), '--propagation', 'private'];
  // Should this process die without a chance to clean up, the other one dies with it.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...own, join(tree, 'usr/bin/busybox'), 'sh', '-c', SCRIPT, 'sh', tree, ...command], {
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const leave = async (): Promise<void> => {
    await ended;
    process.removeListener('exit', killOnExit);
    await rm(logFile, { force: true });
  };
  return {
    pid: child.pid ?? 0,
    alive,
    words: async () => (await readFile(logFile, 'utf8').catch(() => '')).slice(-2000),
    kill: async () => {
      child.kill('SIGKILL');
      await leave();
    },
    stop: async () => {
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(10_000, undefined, { ref: false })]);
      if (alive()) child.kill('SIGKILL');
      await leave();
    },
  };
}
