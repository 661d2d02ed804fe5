/** What Debian's signed indexes say is in its archives. */
import { join } from 'node:path';
import { runForBytes } from '../process.ts';
import { download, fetchText, isWhole } from './download.ts';
import type { Mirror } from './mirror.ts';
import { type ArchiveName, checksum, type DebianPackage, fieldOf, fileSize, type IndexedPackage, parseBinary, parseOriginalTar, stanzasOf } from './package.ts';
import { verifiedText } from './signature.ts';

export type ReleaseName = 'bookworm' | 'trixie' | 'forky';

/**
 * The suites of a release, and the other name of each. A mirror can have an older index under the other name: where the newest lists of
 * packages have not come yet, or files that they name, it vouches for what is there.
 */
const SUITES: Readonly<Record<ReleaseName, readonly { readonly archive: ArchiveName; readonly codename: string; readonly names: readonly string[] }[]>> = {
  // Testing: it moves, and has no updates of its own. A mirror may show it past its date, which the lock's dates stand in for; the signature has to be good.
  forky: [{ archive: 'debian', codename: 'forky', names: ['forky', 'testing'] }],
  trixie: [
    { archive: 'debian', codename: 'trixie', names: ['trixie', 'stable'] },
    { archive: 'debian', codename: 'trixie-updates', names: ['trixie-updates', 'stable-updates'] },
    { archive: 'security', codename: 'trixie-security', names: ['trixie-security', 'stable-security'] },
  ],
  bookworm: [
    { archive: 'debian', codename: 'bookworm', names: ['bookworm', 'oldstable'] },
    { archive: 'debian', codename: 'bookworm-updates', names: ['bookworm-updates', 'oldstable-updates'] },
    { archive: 'security', codename: 'bookworm-security', names: ['bookworm-security', 'oldstable-security'] },
  ],
};

/** What is needed to read indexes. */
export interface IndexSource {
  readonly mirror: Mirror;
  /** Armoured keys. */
  readonly keyring: string;
  /** Where lists of packages are kept. */
  readonly directory: string;
  /** Told what is out of the ordinary, a line each. */
  readonly tell: (line: string) => void;
  /** Codename → date (ISO 8601) of the oldest index that may be used. */
  readonly oldest?: Readonly<Record<string, string>>;
  /** Before a place that does not answer is asked again. */
  readonly waitMs?: number;
}

/** One signed index. */
export interface SignedIndex<T extends DebianPackage> {
  readonly codename: string;
  /** The name under which it was found. */
  readonly suite: string;
  /** When it was signed, ISO 8601. */
  readonly date: string;
  readonly packages: ReadonlyMap<string, readonly T[]>;
}

/** The indexes of binary packages for an architecture, the newest first. */
export function readIndexes(release: ReleaseName, architecture: string, source: IndexSource): Promise<SignedIndex<IndexedPackage>[]> {
  return readAll(release, `main/binary-${architecture}/Packages`, source, parseBinary);
}

/** The indexes of source packages, of which only one is read. */
export function readSourceIndexes(release: ReleaseName, name: string, source: IndexSource): Promise<SignedIndex<DebianPackage>[]> {
  return readAll(release, 'main/source/Sources', source, (stanza, archive) =>
    fieldOf(stanza, 'Package') === name ? parseOriginalTar(stanza, archive) : undefined,
  );
}

async function readAll<T extends DebianPackage>(
  release: ReleaseName,
  list: string,
  source: IndexSource,
  parse: (stanza: string, archive: ArchiveName) => T | undefined,
): Promise<SignedIndex<T>[]> {
  const found: SignedIndex<T>[] = [];
  for (const { archive, codename, names } of SUITES[release]) {
    const seen = new Set<string>();
    let hasIndex = false;
    for (const name of names) {
      const head = await readHead(archive, codename, name, list, source);
      hasIndex ||= head !== 'none';
      if (head === 'none' || head === undefined || seen.has(head.sha256)) continue;
      seen.add(head.sha256);
      const text = await readList(archive, names, list, head, source);
      if (text === undefined) {
        source.tell(`the list of packages that the index ${name} of ${head.date.slice(0, 10)} names is not on the mirror; that index is left out`);
        continue;
      }
      const packages = new Map<string, T[]>();
      for (const stanza of stanzasOf(text)) {
        const one = parse(stanza, archive);
        if (one !== undefined) packages.set(one.name, [...(packages.get(one.name) ?? []), one]);
      }
      found.push({ codename, suite: name, date: head.date, packages });
    }
    if (!hasIndex) {
      const variable = archive === 'security' ? 'HOSTDEV_DEBIAN_SECURITY_MIRROR' : 'HOSTDEV_DEBIAN_MIRROR';
      throw new Error(`${source.mirror.archives[archive]} has no index of ${codename}: it is no mirror of Debian's; ${variable} names another one`);
    }
  }
  // Without the release itself nothing can be said: the address is that of something else, most likely.
  if (!found.some(({ codename }) => codename === release)) {
    throw new Error(`${source.mirror.archives.debian} has no signed index of ${release} that can be used; HOSTDEV_DEBIAN_MIRROR names another mirror`);
  }
  return found.toSorted((a, b) => b.date.localeCompare(a.date));
}

interface Head {
  readonly date: string;
  readonly size: number;
  readonly sha256: string;
}

/** The signed head of an index: when it was made, and which list of packages it vouches for; undefined when it is not to be used. */
async function readHead(archive: ArchiveName, codename: string, name: string, list: string, source: IndexSource): Promise<Head | 'none' | undefined> {
  const { mirror, keyring, tell, oldest = {}, waitMs } = source;
  const url = `${mirror.archives[archive]}/dists/${name}/InRelease`;
  const signed = await fetchText(url, waitMs);
  if (signed === undefined) return 'none';
  let text: string;
  try {
    text = await verifiedText(signed, keyring);
  } catch (error) {
    tell(`${url} is left out, its signature is not good: ${(error as Error).message}`);
    return undefined;
  }
  // `stable` will be another release one day.
  if (fieldOf(text, 'Codename') !== codename) return undefined;
  const signedAt = new Date(fieldOf(text, 'Date') ?? '');
  if (Number.isNaN(signedAt.getTime())) {
    tell(`${url} is left out: it has no date`);
    return undefined;
  }
  const date = signedAt.toISOString();
  const limit = oldest[codename];
  if (limit !== undefined && date < limit) {
    tell(`${url} is left out: it is of ${date.slice(0, 10)}, older than any the lock was made from`);
    return undefined;
  }
  for (const line of (fieldOf(text, 'SHA256') ?? '').split('\n')) {
    const [sha256 = '', size = '', path] = line.trim().split(/\s+/);
    if (path === `${list}.xz`) return { date, size: fileSize(size), sha256: checksum(sha256) };
  }
  return undefined;
}

/** The list itself, from wherever it is; by its hash first, because names may have an older or a newer one. */
async function readList(archive: ArchiveName, names: readonly string[], list: string, head: Head, source: IndexSource): Promise<string | undefined> {
  const to = join(source.directory, `${head.sha256}.xz`);
  const folder = list.slice(0, list.lastIndexOf('/'));
  const base = `${source.mirror.archives[archive]}/dists`;
  if (await isWhole(to, head)) return unpacked(to);
  let failure: Error | undefined;
  const urls = [...names.map((name) => `${base}/${name}/${folder}/by-hash/SHA256/${head.sha256}`), ...names.map((name) => `${base}/${name}/${list}.xz`)];
  for (const url of urls) {
    const answer = await download(url, to, head, source.waitMs === undefined ? {} : { waitMs: source.waitMs });
    if (answer.kind === 'whole') return unpacked(to);
    if (answer.kind === 'failed') failure ??= new Error(`${url}: ${answer.words}`);
  }
  if (failure !== undefined) throw failure;
  return undefined;
}

async function unpacked(path: string): Promise<string> {
  return (await runForBytes('xz', ['-dc', path])).toString();
}
