/** A real libvirtd of Debian in a directory of its own: any guest can be defined, and small ones can be started, paused and without a disk. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cached, occupy } from '../cache.ts';
import { completeTree, LIBVIRT_DIRECTORIES, LIBVIRT_FILES } from '../debian/complete.ts';
import { installTree, setFingerprint } from '../debian/tree.ts';
import { ProgramError, run } from '../process.ts';
import { endGuests, giveIommu, giveProcessors } from './guests.ts';
import { type InsideProcess, spawnInside } from './inside.ts';
import { BUSYBOX_LINKS, type ReleaseName, SYSTEM_USERS } from './release.ts';

interface Definition {
  readonly name: string;
  readonly xml: string;
}

/** What libvirt says to a definition: the stored XML, or why it refuses. */
export type Verdict = { readonly ok: true; readonly xml: string } | { readonly ok: false; readonly message: string };

export interface Libvirtd {
  /** Defines and dumps each, in order, and undefines it unless told to keep it; definitions must have different names. */
  readonly define: (definitions: readonly Definition[], options?: { readonly keep?: boolean }) => Promise<Verdict[]>;
  /** Carries out commands of virsh, as its command line has them, and answers with what it printed. */
  readonly virsh: (commands: readonly string[]) => Promise<string>;
  /** A directory of this run, as both see it. */
  readonly work: { readonly outside: string; readonly inside: string };
  /** Undefines what was kept. */
  readonly undefine: (names: readonly string[]) => Promise<void>;
  /** What libvirt found out about each QEMU, as its cache has it. */
  readonly capabilities: (arch: string) => Promise<string>;
  /** Directory that the daemon sees as its root. */
  readonly tree: string;
  /** Its socket, seen from outside. */
  readonly socket: string;
  readonly pid: number;
  /** Kills it as a crash would, and starts it again. */
  readonly crash: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
/** One argument of a program holds 128 KiB; a definition costs about 120 bytes of it. */
const BATCH = 500;

export interface LibvirtdOptions {
  readonly release?: ReleaseName;
  /** Lines of its configuration besides the usual ones. */
  readonly config?: readonly string[];
  /** Whether it listens on this machine's loopback for TLS. */
  readonly listen?: boolean;
  /** Puts more files into the tree before it starts. */
  readonly furnish?: (tree: string) => Promise<void>;
}

/** Starts the daemon. It ends with this process at the latest. */
export async function startLibvirtd(options: LibvirtdOptions = {}): Promise<Libvirtd> {
  const { release: version = '11.3', furnish } = options;
  const name = treeName(version);
  const tree = await libvirtdTree(version);
  // One daemon a tree: two would take each other's sockets and definitions.
  const leave = await occupy(`${name}.running`);
  // What an earlier run has left behind is nothing to us.
  await rm(join(tree, 'etc/libvirt/qemu'), { recursive: true, force: true });
  await endGuests(tree);
  await giveProcessors(tree);
  await giveIommu(tree);
  await furnish?.(tree);
  let daemon = await start(tree, options);
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
    virsh: (commands) => virsh(commands.join('; ')),
    work: { outside: work, inside },
    undefine: async (names) => {
      for (let i = 0; i < names.length; i += BATCH)
        await virsh(
          names
            .slice(i, i + BATCH)
            .map((name) => `undefine --keep-nvram ${name}`)
            .join('; '),
        );
    },
    capabilities: (arch) => libvirtdCapabilities(tree, arch),
    tree,
    socket: join(tree, SOCKET),
    get pid() {
      return daemon.pid;
    },
    crash: async () => {
      await daemon.kill();
      daemon = await start(tree, options);
    },
    stop: async () => {
      await daemon.stop();
      await endGuests(tree);
      await leave();
      await rm(work, { recursive: true, force: true });
    },
  };
}

/** The tree that a daemon runs in, made when it is missing. */
export async function libvirtdTree(version: ReleaseName): Promise<string> {
  return join(await cached(treeName(version), (directory) => build(directory, version)), 'tree');
}

/** Changes with what is in the tree. */
function treeName(version: ReleaseName): string {
  const key = createHash('sha256').update(JSON.stringify([setFingerprint(`libvirtd-${version}`), BUSYBOX_LINKS, SYSTEM_USERS]));
  return `libvirtd-${version}-${key.digest('hex').slice(0, 8)}`;
}

async function build(directory: string, version: ReleaseName): Promise<void> {
  await installTree(directory, `libvirtd-${version}`);
  const tree = join(directory, 'tree');
  const modules = join(tree, 'usr/lib/modules', release());
  await mkdir(modules, { recursive: true });
  // libvirt looks for VFIO variant drivers here and fails every start when the file is missing.
  await writeFile(join(modules, 'modules.alias'), '');
  const files = { ...LIBVIRT_FILES, 'etc/passwd': `${LIBVIRT_FILES['etc/passwd']}${SYSTEM_USERS}` };
  await completeTree(tree, { files, directories: LIBVIRT_DIRECTORIES, busyboxLinks: BUSYBOX_LINKS });
  for (const name of ['proc', 'dev', 'sys', 'run/lock']) await mkdir(join(tree, name), { recursive: true });
  // The first question makes libvirt ask every QEMU what it can do: 2 s each, kept in the tree.
  const daemon = await start(tree);
  try {
    await runVirsh(tree, 'capabilities');
  } finally {
    await daemon.stop();
  }
}

/** Both its outputs through one pipe: read from two, an error would now and then stand in the middle of a line. */
function runVirsh(tree: string, commands: string): Promise<string> {
  return run('sh', ['-c', 'exec "$@" 2>&1', 'sh', 'chroot', tree, '/usr/bin/virsh', '-c', 'qemu:///system', commands], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    timeoutMs: 5 * 60_000,
  });
}

const SOCKET = 'run/libvirt/libvirt-sock';
const CONFIG = '/etc/libvirt/lab.conf';

/** The usual settings, but for those that are given; of two that say the same, libvirt takes the first. */
function configuration(config: readonly string[]): string {
  const nameOf = (line: string): string => line.split('=')[0]?.trim() ?? '';
  const given = new Set(config.map(nameOf));
  const usual = (LIBVIRT_FILES['etc/libvirt/libvirtd.conf'] ?? '').split('\n').filter((line) => !given.has(nameOf(line)));
  return [...config, ...usual].map((line) => `${line}\n`).join('');
}

async function start(tree: string, { config = [], listen = false }: LibvirtdOptions = {}): Promise<InsideProcess> {
  await rm(join(tree, 'run'), { recursive: true, force: true });
  await mkdir(join(tree, 'run/lock'), { recursive: true });
  await writeFile(join(tree, CONFIG), configuration(config));
  const daemon = spawnInside(tree, ['/usr/sbin/libvirtd', '-f', CONFIG, ...(listen ? ['--listen'] : [])], { network: listen });
  const give = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const listening = await stat(join(tree, SOCKET)).then(
      () => true,
      () => false,
    );
    if (listening) return daemon;
    if (!daemon.alive() || Date.now() > give) {
      const words = await daemon.words();
      await daemon.stop();
      throw new Error(`libvirtd did not start: ${words}`);
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

/** What the daemon of a tree found out about its QEMU for an architecture, as its cache has it. */
export async function libvirtdCapabilities(tree: string, arch: string): Promise<string> {
  const directory = join(tree, 'var/cache/libvirt/qemu/capabilities');
  for (const name of await readdir(directory)) {
    const text = await readFile(join(directory, name), 'utf8');
    if (text.includes(`<arch>${arch}</arch>`)) return text;
  }
  throw new Error(`libvirt found no QEMU for ${arch}`);
}
