/** Debian packages through an apt of our own: its lists, cache and status are private, the machine's are not touched. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../process.ts';

const SUITE = 'trixie';
const MIRROR = process.env['HOSTDEV_DEBIAN_MIRROR'] ?? 'http://deb.debian.org/debian';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Whether the mirror answers; asked a few times, because it hiccups. */
export async function mirrorAnswers(): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    try {
      const { ok } = await fetch(`${MIRROR}/dists/${SUITE}/InRelease`, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
      if (ok) return true;
    } catch {
      // Asked again.
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return false;
}

/** The mirror hiccups: every step is tried a few times. */
const TRIES = 4;

/** Downloads the newest versions of packages with all their dependencies; returns the archives. */
export async function downloadPackages(directory: string, architecture: string, packages: readonly string[], suite = SUITE): Promise<string[]> {
  const env = await configure(directory, architecture, 'deb', suite);
  await retry(() => run('apt-get', ['-q', 'update'], { env }));
  await retry(() => run('apt-get', ['-q', '-y', 'install', '--download-only', ...packages], { env }));
  const archives = join(directory, 'archives');
  return (await readdir(archives))
    .filter((name) => name.endsWith('.deb'))
    .sort()
    .map((name) => join(archives, name));
}

/** Downloads the original tar file of a source package into a directory; returns its path. */
export async function downloadSource(directory: string, source: string): Promise<string> {
  const env = await configure(directory, 'amd64', 'deb-src');
  await retry(() => run('apt-get', ['-q', 'update'], { env }));
  const into = join(directory, 'source');
  await mkdir(into, { recursive: true });
  await retry(() => run('apt-get', ['-q', 'source', '--download-only', '--tar-only', source], { env, cwd: into }));
  const file = (await readdir(into)).find((name) => /\.orig\.tar\.\w+$/.test(name));
  if (file === undefined) throw new Error(`apt-get source ${source} brought no original tar file`);
  return join(into, file);
}

async function configure(directory: string, architecture: string, kind: 'deb' | 'deb-src', suite = SUITE): Promise<NodeJS.ProcessEnv> {
  const at = (name: string): string => join(directory, name);
  for (const name of ['state/lists/partial', 'cache', 'archives/partial', 'etc/parts', 'log']) await mkdir(at(name), { recursive: true });
  await writeFile(at('status'), '');
  await writeFile(at('etc/sources.list'), `${kind} [signed-by=${KEYRING}] ${MIRROR} ${suite} main\n`);
  const settings: Record<string, string> = {
    'APT::Architecture': architecture,
    'APT::Install-Recommends': 'false',
    'APT::Install-Suggests': 'false',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'Acquire::http::Timeout': '30',
    'Dir::State': at('state'),
    'Dir::State::status': at('status'),
    'Dir::Cache': at('cache'),
    'Dir::Cache::archives': at('archives'),
    'Dir::Etc': at('etc'),
    'Dir::Etc::sourcelist': at('etc/sources.list'),
    'Dir::Etc::sourceparts': at('etc/parts'),
    'Dir::Etc::parts': at('etc/parts'),
    'Dir::Etc::main': '/dev/null',
    'Dir::Log': at('log'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  // Hooks of the machine's own configuration must not run for ours.
  lines.push(`APT::Architectures { "${architecture}"; };`, '#clear DPkg::Pre-Install-Pkgs;', '#clear DPkg::Post-Invoke;', '#clear APT::Update::Post-Invoke;');
  await writeFile(at('apt.conf'), `${lines.join('\n')}\n`);
  return { ...process.env, APT_CONFIG: at('apt.conf'), LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
}

async function retry<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (attempt >= TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 3000));
    }
  }
}
