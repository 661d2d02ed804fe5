/** A locked set of packages, from wherever it is to be had. */
import { type FileSource, fetchFile, storedPath, type WhyNot } from './fetch-file.ts';
import { isWhole } from './download.ts';
import { type Asked, DownloadFailed, PackageGone } from './gone.ts';
import type { Lock, LockedSet } from './lock.ts';
import type { Mirror } from './mirror.ts';
import type { DebianPackage, IndexedPackage } from './package.ts';
import type { Progress } from './progress.ts';
import { type Catalogue, catalogueOf, resolve } from './resolve.ts';
import { type ReleaseName, readIndexes } from './signed-index.ts';

export interface Warehouse {
  readonly lock: Lock;
  readonly mirror: Mirror;
  /** Where files are kept. */
  readonly directory: string;
  readonly progress: Progress;
  readonly waitMs?: number;
}

/** As many files come at a time. */
const AT_ONCE = 6;

interface Missing {
  readonly wanted: DebianPackage;
  readonly asked: readonly Asked[];
  readonly why: WhyNot;
}

/**
 * Paths of the files of a locked set. What is nowhere in its locked version is replaced by the newest version that a signed index has
 * and that is there, which is told.
 *
 * @param key as in the lock, `host-s390x/s390x`.
 * @throws {PackageGone} when a package is nowhere to be had. {@link DownloadFailed} when a place did not answer.
 */
export async function obtainSet(key: string, release: ReleaseName, warehouse: Warehouse): Promise<string[]> {
  const { lock, mirror, directory, progress, waitMs } = warehouse;
  const set = lock.sets.get(key);
  if (set === undefined) throw new Error(`the lock has no set ${key}; npm run lab:lock makes it anew`);
  const source: FileSource = {
    mirror,
    directory,
    tell: progress.tell,
    onBytes: progress.onBytes,
    date: lock.date,
    silent: new Map(),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
  progress.begin(`downloading ${key}`, await bytesMissing(set, directory));
  try {
    const found = await inParallel(set.packages, async (wanted) => ({ wanted, found: await fetchFile(wanted, source) }));
    const paths = found.flatMap((one) => ('path' in one.found ? [one.found.path] : []));
    const missing = found.flatMap(({ wanted, found: one }): Missing[] => {
      if ('path' in one) return [];
      if (one.why === 'unreachable') throw new DownloadFailed(nameOf(wanted), one.asked);
      return [{ wanted, asked: one.asked, why: one.why }];
    });
    if (missing.length === 0) return paths;
    return [...paths, ...(await replaceMissing(key, release, set, missing, warehouse, source))];
  } finally {
    progress.end();
  }
}

async function bytesMissing(set: LockedSet, directory: string): Promise<number> {
  const sizes = await Promise.all(set.packages.map(async (one) => ((await isWhole(storedPath(one, directory), one)) ? 0 : one.size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function replaceMissing(
  key: string,
  release: ReleaseName,
  set: LockedSet,
  missing: readonly Missing[],
  { lock, mirror, directory, progress, waitMs }: Warehouse,
  source: FileSource,
): Promise<string[]> {
  const architecture = key.slice(key.indexOf('/') + 1);
  const indexes = await readIndexes(release, architecture, {
    mirror,
    directory,
    keyring: lock.keyring,
    tell: progress.tell,
    oldest: lock.indexes,
    ...(waitMs === undefined ? {} : { waitMs }),
  });
  const catalogue = catalogueOf(indexes);
  const paths: string[] = [];
  const taken: IndexedPackage[] = [];
  const gone: Missing[] = [];
  for (const one of missing) {
    const instead = await firstThere(one.wanted.name, catalogue, source, one.wanted);
    if ('asked' in instead) gone.push({ ...one, asked: [...one.asked, ...instead.asked], why: instead.why === 'gone' ? one.why : instead.why });
    else {
      progress.tell(`${nameOf(one.wanted)} is nowhere any more: ${instead.version.version} is taken`);
      paths.push(instead.path);
      taken.push(instead.version);
    }
  }
  // Another version can need other packages; and one whose name has gone (a kernel of an older ABI) has a successor under another.
  const kept = set.packages.filter(({ name }) => gone.every(({ wanted }) => wanted.name !== name));
  const has = kept.map(
    (one): IndexedPackage => catalogue.versionsOf(one.name).find(({ version }) => version === one.version) ?? { ...one, depends: [], provides: [] },
  );
  const wanted = [...taken.flatMap(({ depends }) => resolveClauses(depends, catalogue, has)), ...(gone.length === 0 ? [] : resolve(set.roots, catalogue))];
  const names = new Set(kept.map(({ name }) => name));
  for (const { name } of wanted) {
    if (names.has(name)) continue;
    names.add(name);
    const before = gone.find((one) => one.wanted.name === name);
    const more = before ?? (await firstThere(name, catalogue, source));
    if ('asked' in more) throw more.why === 'gone' ? new PackageGone(name, more.asked) : new DownloadFailed(name, more.asked);
    progress.tell(`${name} ${more.version.version} is taken besides`);
    paths.push(more.path);
  }
  for (const one of gone) progress.tell(`${nameOf(one.wanted)} is nowhere any more, and nothing of today needs it: it is left out`);
  return paths;
}

/** What some dependencies need besides what is there. */
function resolveClauses(depends: IndexedPackage['depends'], catalogue: Catalogue, has: readonly IndexedPackage[]): IndexedPackage[] {
  const names = new Set(has.map(({ name }) => name));
  const provided = new Set(has.flatMap(({ provides }) => provides.map(({ name }) => name)));
  const unmet = depends.filter((clause) => clause.every(({ name }) => !names.has(name) && !provided.has(name)));
  return unmet.flatMap(([first]) => (first === undefined ? [] : resolve([first.name], catalogue, undefined, has)));
}

type There = { readonly path: string; readonly version: IndexedPackage } | { readonly asked: readonly Asked[]; readonly why: WhyNot };

/** The newest version that a signed index has and that is there. */
async function firstThere(name: string, catalogue: Catalogue, source: FileSource, besides?: DebianPackage): Promise<There> {
  const asked: Asked[] = [];
  let why: WhyNot = 'gone';
  for (const version of catalogue.versionsOf(name)) {
    if (version.sha256 === besides?.sha256) continue;
    const found = await fetchFile(version, source);
    if ('path' in found) return { path: found.path, version };
    if (found.why === 'unreachable') throw new DownloadFailed(nameOf(version), found.asked);
    if (found.why === 'refused') why = 'refused';
    asked.push(...found.asked);
  }
  return { asked, why };
}

function nameOf({ name, version }: DebianPackage): string {
  return `${name} ${version}`;
}

async function inParallel<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await act(items[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
