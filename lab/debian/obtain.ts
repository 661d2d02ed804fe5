/** A locked set of packages, from wherever it is to be had. */
import { type FileSource, fetchFile, storedPath, type WhyNot } from './fetch-file.ts';
import { isWhole } from './download.ts';
import { type Asked, DownloadFailed, PackageGone } from './gone.ts';
import type { Lock, LockedSet } from './lock.ts';
import type { Mirror } from './mirror.ts';
import type { DebianPackage, IndexedPackage } from './package.ts';
import type { Progress } from './progress.ts';
import { inParallel } from './parallel.ts';
import { type Catalogue, catalogueOf, resolve, resolveThere, Unmet } from './resolve.ts';
import { type ReleaseName, readIndexes } from './signed-index.ts';
import { compareVersions } from './version.ts';

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
    const found = await inParallel(AT_ONCE, set.packages, async (wanted) => ({ wanted, found: await fetchFile(wanted, source) }));
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
      const lost = one.why === 'refused' ? 'is not what was locked anywhere' : 'is nowhere any more';
      progress.tell(`${nameOf(one.wanted)} ${lost}: ${instead.version.version} is taken`);
      paths.push(instead.path);
      taken.push(instead.version);
    }
  }
  // Another version can need other packages; and one whose name has gone (a kernel of an older ABI) has a successor under another.
  const kept = set.packages.filter(({ name }) => gone.every(({ wanted }) => wanted.name !== name));
  const has = kept.map(
    (one): IndexedPackage => catalogue.versionsOf(one.name).find(({ version }) => version === one.version) ?? { ...one, depends: [], provides: [] },
  );
  const names = new Set(kept.map(({ name }) => name));
  const more = new Map<string, There>();
  const areThere = (packages: readonly IndexedPackage[]): Promise<boolean[]> =>
    inParallel(AT_ONCE, packages, async (one) => {
      if (names.has(one.name)) return true;
      const found = await thereIs(one, source);
      more.set(nameOf(one), found);
      return 'path' in found;
    });
  const needed = await additional(
    () =>
      resolve(
        taken.flatMap(({ depends }) => depends),
        catalogue,
        undefined,
        has,
      ),
    () => successors(set, gone, catalogue, areThere),
  ).catch((error: unknown) => {
    if (!(error instanceof Unmet)) throw error;
    // What was refused somewhere is told rather than what has gone: that would be excused.
    const missed = [
      ...gone.map((one) => ({ name: nameOf(one.wanted), ...one })),
      ...[...more].flatMap(([name, one]) => ('asked' in one ? [{ name, ...one }] : [])),
    ];
    const [worst] = [...missed.filter(({ why }) => why !== 'gone'), ...missed];
    throw worst === undefined ? new Error(`${error.message}, which ${error.by === undefined ? key : nameOf(error.by)} needs`) : goneOrFailed(worst.name, worst);
  });
  for (const one of needed) {
    const had = names.has(one.name);
    if (had && has.some(({ name, version }) => name === one.name && compareVersions(version, one.version) >= 0)) continue;
    const found = more.get(nameOf(one)) ?? (await firstThere(one.name, catalogue, source));
    if ('asked' in found) {
      // The version before is better than none.
      if (had) continue;
      throw goneOrFailed(one.name, found);
    }
    if (had && set.packages.some(({ sha256 }) => sha256 === found.version.sha256)) continue;
    names.add(one.name);
    progress.tell(`${nameOf(found.version)} is taken besides`);
    paths.push(found.path);
  }
  for (const one of gone) progress.tell(`${nameOf(one.wanted)} is nowhere any more, and nothing else needs it: it is left out`);
  return paths;
}

/** All that is needed besides, each once. */
async function additional(...parts: readonly (() => readonly IndexedPackage[] | Promise<readonly IndexedPackage[]>)[]): Promise<IndexedPackage[]> {
  const found = new Map<string, IndexedPackage>();
  for (const part of parts) for (const one of await part()) if (!found.has(one.name)) found.set(one.name, one);
  return [...found.values()];
}

/** What the same wish brings today, where something has gone. */
async function successors(
  set: LockedSet,
  gone: readonly Missing[],
  catalogue: Catalogue,
  areThere: (packages: readonly IndexedPackage[]) => Promise<boolean[]>,
): Promise<IndexedPackage[]> {
  if (gone.length === 0) return [];
  const names = new Set(set.packages.map(({ name }) => name));
  return (await resolveThere(set.roots, catalogue, areThere)).filter(({ name }) => !names.has(name));
}

function goneOrFailed(name: string, { why, asked }: { readonly why: WhyNot; readonly asked: readonly Asked[] }): Error {
  return why === 'gone' ? new PackageGone(name, asked) : new DownloadFailed(name, asked);
}

type There = { readonly path: string; readonly version: IndexedPackage } | { readonly asked: readonly Asked[]; readonly why: WhyNot };

/** The newest version that a signed index has and that is there. */
async function firstThere(name: string, catalogue: Catalogue, source: FileSource, besides?: DebianPackage): Promise<There> {
  const asked: Asked[] = [];
  let why: WhyNot = 'gone';
  for (const version of catalogue.versionsOf(name)) {
    if (version.sha256 === besides?.sha256) continue;
    const found = await thereIs(version, source);
    if ('path' in found) return found;
    if (found.why === 'refused') why = 'refused';
    asked.push(...found.asked);
  }
  return { asked, why };
}

async function thereIs(version: IndexedPackage, source: FileSource): Promise<There> {
  const found = await fetchFile(version, source);
  if ('path' in found) return { path: found.path, version };
  if (found.why === 'unreachable') throw new DownloadFailed(nameOf(version), found.asked);
  return found;
}

function nameOf({ name, version }: DebianPackage): string {
  return `${name} ${version}`;
}
