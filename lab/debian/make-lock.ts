/** Choosing the packages of the laboratory anew. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isThere } from './download.ts';
import { fetchFile } from './fetch-file.ts';
import { readKeyring } from './keyring.ts';
import { type Lock, type LockedSet, setKey } from './lock.ts';
import { type Mirror, placesOf } from './mirror.ts';
import type { DebianPackage, IndexedPackage } from './package.ts';
import type { Shown } from './progress.ts';
import { inParallel } from './parallel.ts';
import { catalogueOf, resolveThere } from './resolve.ts';
import { type PackageSet, SETS, type SetName } from './sets.ts';
import { type IndexSource, type ReleaseName, readIndexes, readSourceIndexes, type SignedIndex } from './signed-index.ts';
import { unpackPackages } from './unpack.ts';
import { compareVersions } from './version.ts';

export interface LockMaking {
  readonly mirror: Mirror;
  /** Where files are kept. */
  readonly directory: string;
  /** Armoured keys that vouch for the indexes. */
  readonly keyring: string;
  /** An empty directory. */
  readonly work: string;
  readonly shown: Shown;
  /** Codename → date of the oldest index that may be used: that of the lock before. */
  readonly oldest: Readonly<Record<string, string>>;
  /** The sets; those of the laboratory when missing. */
  readonly sets?: Readonly<Record<string, PackageSet>>;
}

/** Package with the keys of the next indexes. */
const KEYRING_PACKAGE = 'debian-archive-keyring';

export async function makeLock({ mirror, directory, keyring, work, shown, oldest: limits, sets = SETS }: LockMaking): Promise<Lock> {
  const source: IndexSource = { mirror, directory, keyring, tell: shown.tell, oldest: limits };
  const oldest = new Map<string, string>();
  const noteDates = (indexes: readonly SignedIndex<DebianPackage>[]): void => {
    for (const { codename, date } of indexes) if (date < (oldest.get(codename) ?? '~')) oldest.set(codename, date);
  };
  const read = new Map<string, Promise<SignedIndex<IndexedPackage>[]>>();
  const indexesOf = async (release: ReleaseName, architecture: string): Promise<SignedIndex<IndexedPackage>[]> => {
    const key = `${release} ${architecture}`;
    const found = read.get(key) ?? readIndexes(release, architecture, source);
    read.set(key, found);
    noteDates(await found);
    return found;
  };
  const locked = new Map<string, LockedSet>();
  const known = new Map<string, boolean>();
  for (const [name, set] of Object.entries(sets)) {
    for (const architecture of set.architectures) {
      shown.note(`${name} for ${architecture}`);
      const packages =
        set.source === true
          ? await newestSource(set, source, noteDates)
          : await resolveThere(set.roots, catalogueOf(await indexesOf(set.release, architecture)), onMirror(mirror, known));
      locked.set(setKey(name as SetName, architecture), { roots: set.roots, packages: packages.map(withoutRelations) });
    }
  }
  const first = Object.values(sets).find(({ source: isSource }) => isSource !== true);
  const keys =
    first === undefined
      ? keyring
      : await newestKeyring(await indexesOf(first.release, first.architectures[0] ?? ''), { mirror, directory, work, keyring, tell: shown.tell });
  return {
    date: `${new Date().toISOString().slice(0, 19)}Z`,
    indexes: Object.fromEntries([...oldest].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    keyring: keys,
    sets: locked,
  };
}

/** Which files the mirror has. */
function onMirror(mirror: Mirror, known: Map<string, boolean>): (packages: readonly IndexedPackage[]) => Promise<boolean[]> {
  return (packages) =>
    inParallel(AT_ONCE, packages, async (one) => {
      const places = placesOf(one, mirror, undefined);
      for (let i = 0; i < places.length && known.get(one.path) !== true; i += 1) known.set(one.path, await isThere(places[i]?.url ?? ''));
      return known.get(one.path) === true;
    });
}

async function newestSource(
  set: PackageSet,
  source: IndexSource,
  noteDates: (indexes: readonly SignedIndex<DebianPackage>[]) => void,
): Promise<DebianPackage[]> {
  const found: DebianPackage[] = [];
  for (const name of set.roots) {
    const indexes = await readSourceIndexes(set.release, name, source);
    noteDates(indexes);
    const [newest] = indexes.flatMap(({ packages }) => packages.get(name) ?? []).toSorted((a, b) => compareVersions(b.version, a.version));
    if (newest === undefined) throw new Error(`no index has the source package ${name}`);
    found.push(newest);
  }
  return found;
}

/** The keys of the newest keyring package; those of today vouch for it. */
async function newestKeyring(
  indexes: readonly SignedIndex<IndexedPackage>[],
  { mirror, directory, work, keyring, tell }: Pick<LockMaking, 'mirror' | 'directory' | 'work' | 'keyring'> & { readonly tell: (line: string) => void },
): Promise<string> {
  const [newest] = catalogueOf(indexes).versionsOf(KEYRING_PACKAGE);
  if (newest === undefined) return keyring;
  const found = await fetchFile(newest, { mirror, directory, tell, silent: new Map() });
  if (!('path' in found)) return keyring;
  const tree = join(work, 'keyring');
  await mkdir(tree);
  await unpackPackages([found.path], tree);
  const keys = join(tree, 'usr/share/keyrings');
  const files = (await readdir(keys)).filter((name) => /^debian-archive-(bookworm|trixie)-.*\.(gpg|pgp|asc)$/.test(name)).toSorted();
  return files.length === 0 ? keyring : readKeyring(files.map((name) => join(keys, name)));
}

function withoutRelations({ name, version, archive, path, size, sha256 }: DebianPackage): DebianPackage {
  return { name, version, archive, path, size, sha256 };
}

/** As many are asked for at a time. */
const AT_ONCE = 16;

/** A lock with some of its sets chosen anew: the others, the date and the indexes that they were chosen from stay. */
export function withSets(before: Lock, made: Lock): Lock {
  const order = Object.entries(SETS).flatMap(([name, { architectures }]) => architectures.map((architecture) => setKey(name as SetName, architecture)));
  const all = new Map([...before.sets, ...made.sets]);
  return { ...before, sets: new Map(order.flatMap((key) => (all.has(key) ? [[key, all.get(key) as LockedSet] as const] : []))) };
}

/** What has changed from one lock to the next, a line each. */
export function compareLocks(before: Lock, after: Lock): string[] {
  const lines: string[] = [];
  for (const key of new Set([...before.sets.keys(), ...after.sets.keys()])) {
    const versions = (lock: Lock): Map<string, string> => new Map((lock.sets.get(key)?.packages ?? []).map(({ name, version }) => [name, version]));
    const [old, now] = [versions(before), versions(after)];
    for (const name of [...new Set([...old.keys(), ...now.keys()])].toSorted()) {
      const [from, to] = [old.get(name), now.get(name)];
      if (from !== to) lines.push(`${key}: ${name} ${from ?? '(new)'} → ${to ?? '(not needed any more)'}`);
    }
  }
  if (before.keyring !== after.keyring) lines.push('the keyring has changed');
  return lines;
}
