/** Which packages a package needs: dependencies followed to their end. Recommended ones are not. */
import type { Alternative, IndexedPackage } from './package.ts';
import type { SignedIndex } from './signed-index.ts';
import { compareVersions } from './version.ts';

/** All that indexes know, by name, the newest first, and by what stands in for what. */
export interface Catalogue {
  /** Versions of a package, the newest first. */
  readonly versionsOf: (name: string) => readonly IndexedPackage[];
  /** Packages that stand in for a name. */
  readonly providersOf: (name: string) => readonly IndexedPackage[];
}

export function catalogueOf(indexes: readonly SignedIndex<IndexedPackage>[]): Catalogue {
  const byName = new Map<string, IndexedPackage[]>();
  for (const { packages } of indexes) for (const [name, versions] of packages) byName.set(name, [...(byName.get(name) ?? []), ...versions]);
  for (const versions of byName.values()) versions.sort((a, b) => compareVersions(b.version, a.version));
  const providers = new Map<string, IndexedPackage[]>();
  for (const versions of byName.values()) {
    for (const one of versions) for (const { name } of one.provides) providers.set(name, [...(providers.get(name) ?? []), one]);
  }
  return { versionsOf: (name) => byName.get(name) ?? [], providersOf: (name) => providers.get(name) ?? [] };
}

/** A choice of one version; the newest there is, unless somebody knows better. */
type Choose = (versions: readonly IndexedPackage[]) => IndexedPackage | undefined;

/** What a package needs is nowhere. */
export class Unmet extends Error {
  /** Who needs it; undefined for what was asked for in the first place. */
  readonly by: IndexedPackage | undefined;
  constructor(clause: readonly Alternative[], by: IndexedPackage | undefined) {
    super(`no index has ${clause.map(({ name }) => name).join(' or ')}`);
    this.by = by;
  }
}

/** Names as wishes: each for any version. */
function wishesFor(names: readonly string[]): (readonly Alternative[])[] {
  return names.map((name) => [{ name }]);
}

/**
 * What some wishes need, by name; of each wish's alternatives one is enough. `has` are packages that are there already: what they satisfy is
 * not looked for.
 *
 * @throws {@link Unmet} when a wish or a dependency is nowhere.
 */
export function resolve(
  wishes: readonly (readonly Alternative[])[],
  catalogue: Catalogue,
  choose: Choose = ([newest]) => newest,
  has: readonly IndexedPackage[] = [],
): IndexedPackage[] {
  const chosen = new Map<string, IndexedPackage>();
  const present = new Map<string, readonly Alternative[]>();
  const add = (one: IndexedPackage): void => {
    for (const { name, relation } of [{ name: one.name, relation: { operator: '=', version: one.version } }, ...one.provides]) {
      present.set(name, [...(present.get(name) ?? []), relation === undefined ? { name } : { name, relation }]);
    }
  };
  for (const one of has) add(one);
  const queue: Wanted[] = wishes.map((clause) => ({ clause, by: undefined }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { clause, by } = next;
    if (clause.some((wanted) => present.get(wanted.name)?.some((there) => satisfies(there.relation?.version, wanted)))) continue;
    let found = firstOf(clause, catalogue, choose);
    if (found === undefined) {
      // Nothing is installed, only unpacked: where a mirror has but the version before, that one is better than none.
      if (clause.some(({ name }) => present.has(name))) continue;
      found = firstOf(
        clause.map(({ name }) => ({ name })),
        catalogue,
        choose,
      );
    }
    if (found === undefined) throw new Unmet(clause, by);
    if (chosen.get(found.name) === found) continue;
    chosen.set(found.name, found);
    add(found);
    queue.push(...found.depends.map((clause) => ({ clause, by: found })));
  }
  return [...chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Wanted {
  readonly clause: readonly Alternative[];
  readonly by: IndexedPackage | undefined;
}

/**
 * The same with packages that are to be had, each in its newest such version. One whose own needs are not to be had gives way to the version
 * before it.
 *
 * @throws {@link Unmet} when a root is nowhere.
 */
export async function resolveThere(
  roots: readonly string[],
  catalogue: Catalogue,
  areThere: (packages: readonly IndexedPackage[]) => Promise<boolean[]>,
): Promise<IndexedPackage[]> {
  const known = new Map<string, boolean>();
  let first: Unmet | undefined;
  for (;;) {
    try {
      const packages = resolve(wishesFor(roots), catalogue, (versions) => versions.find(({ sha256 }) => known.get(sha256) !== false));
      const unknown = packages.filter(({ sha256 }) => !known.has(sha256));
      if (unknown.length === 0) return packages;
      const answers = await areThere(unknown);
      for (const [i, { sha256 }] of unknown.entries()) known.set(sha256, answers[i] === true);
    } catch (error) {
      if (!(error instanceof Unmet)) throw error;
      // In the end the root is not to be had; why is what was missed first.
      first ??= error;
      if (error.by === undefined) throw first;
      known.set(error.by.sha256, false);
    }
  }
}

function firstOf(clause: readonly Alternative[], catalogue: Catalogue, choose: Choose): IndexedPackage | undefined {
  for (const wanted of clause) {
    const found = choose(catalogue.versionsOf(wanted.name).filter(({ version }) => satisfies(version, wanted)));
    if (found !== undefined) return found;
  }
  for (const wanted of clause) {
    const found = choose(
      catalogue
        .providersOf(wanted.name)
        .filter((one) => one.provides.some(({ name, relation }) => name === wanted.name && satisfies(relation?.version, wanted))),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function satisfies(version: string | undefined, { relation }: Alternative): boolean {
  if (relation === undefined) return true;
  // A name that is provided without a version satisfies no wish for one.
  if (version === undefined) return false;
  const order = compareVersions(version, relation.version);
  switch (relation.operator) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    default:
      return order > 0;
  }
}
