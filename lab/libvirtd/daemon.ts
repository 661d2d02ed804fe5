/** A real libvirtd of Debian 13 in a directory of its own: no guest ever runs in it, but any can be defined. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { cached, occupy } from '../cache.ts';
import { completeTree, LIBVIRT_DIRECTORIES, LIBVIRT_FILES } from '../debian/complete.ts';
import { installTree, ownArchitecture } from '../debian/tree.ts';
import { ProgramError, run } from '../process.ts';

const PACKAGES = [
  'libvirt-daemon',
  'libvirt-daemon-driver-qemu',
  'libvirt-clients',
  'busybox-static',
  'qemu-system-x86',
  'qemu-system-arm',
  'qemu-system-ppc',
  'qemu-system-riscv',
  'qemu-system-s390x',
];

const BUSYBOX_LINKS = ['sh', 'cat', 'mount', 'mkdir', 'ln', 'ls', 'echo'];

/** Changes with what is in the tree. */
export const LIBVIRTD_NAME = `libvirtd-11-${createHash('sha256')
  .update(JSON.stringify([PACKAGES, BUSYBOX_LINKS]))
  .digest('hex')
  .slice(0, 8)}`;

interface Definition {
  readonly name: string;
  readonly xml: string;
}

/** What libvirt says to a definition: the stored XML, or why it refuses. */
export type Verdict = { readonly ok: true; readonly xml: string } | { readonly ok: false; readonly message: string };

export interface Libvirtd {
  /** Defines and dumps each, in order, and undefines it unless told to keep it; definitions must have different names. */
  readonly define: (definitions: readonly Definition[], options?: { readonly keep?: boolean }) => Promise<Verdict[]>;
  /** Undefines what was kept. */
  readonly undefine: (names: readonly string[]) => Promise<void>;
  /** What libvirt found out about each QEMU, as its cache has it. */
  readonly capabilities: (arch: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
/** One argument of a program holds 128 KiB; a definition costs about 120 bytes of it. */
const BATCH = 500;

/** Starts the daemon. It ends with this process at the latest. */
export async function startLibvirtd(): Promise<Libvirtd> {
  const tree = join(await cached(LIBVIRTD_NAME, build), 'tree');
  // One daemon a tree: two would take each other's sockets and definitions.
  const leave = await occupy(`${LIBVIRTD_NAME}.running`);
  const daemon = await start(tree);
  const work = await mkdtemp(join(tree, 'work-'));
  const inside = work.slice(tree.length);
  // A refused definition makes virsh fail in the end; what it printed tells which.
  const virsh = (commands: string): Promise<string> =>
    runVirsh(tree, commands).catch((error: unknown) => (error instanceof ProgramError ? error.output : Promise.reject(error as Error)));
  return {
    define: async (definitions, { keep = false } = {}) => {
      const verdicts: Verdict[] = [];
      for (let i = 0; i < definitions.length; i += BATCH) verdicts.push(...(await defineBatch(definitions.slice(i, i + BATCH), work, inside, virsh, keep)));
      return verdicts;
    },
    undefine: async (names) => {
      for (let i = 0; i < names.length; i += BATCH)
        await virsh(
          names
            .slice(i, i + BATCH)
            .map((name) => `undefine --keep-nvram ${name}`)
            .join('; '),
        );
    },
    capabilities: (arch) => readCapabilities(tree, arch),
    stop: async () => {
      await daemon.stop();
      await leave();
      await rm(work, { recursive: true, force: true });
    },
  };
}

async function build(directory: string): Promise<void> {
  await installTree(directory, ownArchitecture(), PACKAGES);
  const tree = join(directory, 'tree');
  const modules = join(tree, 'usr/lib/modules', release());
  await mkdir(modules, { recursive: true });
  // libvirt looks for VFIO variant drivers here and fails every start when the file is missing.
  await writeFile(join(modules, 'modules.alias'), '');
  await completeTree(tree, { files: LIBVIRT_FILES, directories: LIBVIRT_DIRECTORIES, busyboxLinks: BUSYBOX_LINKS });
  for (const name of ['proc', 'dev', 'sys', 'run/lock']) await mkdir(join(tree, name), { recursive: true });
  // The first question makes libvirt ask every QEMU what it can do: 2 s each, kept in the tree.
  const daemon = await start(tree);
  try {
    await runVirsh(tree, 'capabilities');
  } finally {
    await daemon.stop();
  }
}

function runVirsh(tree: string, commands: string): Promise<string> {
  return run('chroot', [tree, '/usr/bin/virsh', '-c', 'qemu:///system', commands], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    timeoutMs: 5 * 60_000,
  });
}

/** Mounts of its own, gone with the process; of devices only four harmless ones. No sysfs: this machine's functions are none of its business. */
const SCRIPT = `
set -e
R=$1; B=$R/usr/bin/busybox
$B mount -t proc proc $R/proc
$B mount -t tmpfs -o mode=755 dev $R/dev
$B mkdir $R/dev/shm $R/dev/pts
$B mknod -m 666 $R/dev/null c 1 3; $B mknod -m 666 $R/dev/zero c 1 5
$B mknod -m 666 $R/dev/random c 1 8; $B mknod -m 666 $R/dev/urandom c 1 9
exec $B env -i PATH=/usr/sbin:/usr/bin HOME=/root LANG=C $B chroot $R /usr/sbin/libvirtd
`;

async function start(tree: string): Promise<{ readonly stop: () => Promise<void> }> {
  await rm(join(tree, 'run'), { recursive: true, force: true });
  await mkdir(join(tree, 'run/lock'), { recursive: true });
  const logFile = join(tmpdir(), `hostdev-libvirtd-${process.pid}.log`);
  const log = openSync(logFile, 'w');
  const child = spawn(
    'setpriv',
    // Should this process die without a chance to clean up, the daemon dies with it.
    [
      '--pdeathsig',
      'KILL',
      'unshare',
      '--mount',
      '--net',
      '--ipc',
      '--uts',
      '--propagation',
      'private',
      join(tree, 'usr/bin/busybox'),
      'sh',
      '-c',
      SCRIPT,
      'sh',
      tree,
    ],
    {
      stdio: ['ignore', log, log],
    },
  );
  closeSync(log);
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(10_000, undefined, { ref: false })]);
    if (alive()) child.kill('SIGKILL');
    await ended;
    process.removeListener('exit', killOnExit);
    await rm(logFile, { force: true });
  };
  const give = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const listening = await stat(join(tree, 'run/libvirt/libvirt-sock')).then(
      () => true,
      () => false,
    );
    if (listening) return { stop };
    if (!alive() || Date.now() > give) {
      const output = await readFile(logFile, 'utf8').catch(() => '');
      await stop();
      throw new Error(`libvirtd did not start: ${output.slice(-2000)}`);
    }
    await sleep(25);
  }
}

const MARK = '=====verdict=====';

async function defineBatch(
  batch: readonly Definition[],
  work: string,
  inside: string,
  virsh: (commands: string) => Promise<string>,
  keep: boolean,
): Promise<Verdict[]> {
  await Promise.all(batch.map(({ name, xml }) => writeFile(join(work, `${name}.xml`), xml)));
  const commands = batch.map(
    ({ name }) => `echo ${MARK}; define ${inside}/${name}.xml; dumpxml --inactive ${name}${keep ? '' : `; undefine --keep-nvram ${name}`}`,
  );
  const parts = (await virsh(commands.join('; '))).split(`${MARK}\n`).slice(1);
  if (parts.length !== batch.length) throw new Error(`virsh answered to ${parts.length} of ${batch.length} definitions`);
  return parts.map((part) => {
    const xml = /<domain[\s\S]*<\/domain>/.exec(part)?.[0];
    if (xml !== undefined) return { ok: true, xml };
    return {
      ok: false,
      message: [...part.matchAll(/^error: (.*)$/gm)].map(([, text = '']) => text).find((text) => !text.startsWith('Failed to')) ?? part.trim(),
    };
  });
}

async function readCapabilities(tree: string, arch: string): Promise<string> {
  const directory = join(tree, 'var/cache/libvirt/qemu/capabilities');
  for (const name of await readdir(directory)) {
    const text = await readFile(join(directory, name), 'utf8');
    if (text.includes(`<arch>${arch}</arch>`)) return text;
  }
  throw new Error(`libvirt found no QEMU for ${arch}`);
}
