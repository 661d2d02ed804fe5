/** Which hosts of a fleet can run a definition now, the best first, and why each other one cannot. A look: nothing is claimed. */
import { type Domain, readDomain } from '../../domain/domain.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { type Candidate, functionsOf } from '../model/candidate.ts';
import type { WholeFleet } from '../model/fleet-check.ts';
import type { HostRecord, Mapping, PublishedFunction } from '../model/records.ts';
import { indexClaims, type KeptHost } from '../model/view.ts';
import { assignFunctions } from './assign.ts';
import { type Sight, unfit, type WishOnHost, wishOnHost } from './candidates.ts';
import { type DefinitionCheck, definitionCheck, machineProblems } from './machine-fit.ts';
import { boundNodes, farFunctions } from './numa.ts';
import { asGuestFindsIt, type GuestClaims, guestClaims } from './own-claims.ts';
import { placedDefinition, type PlacedFunction } from './placed-definition.ts';
import { readWanted, type WantedFunction } from './wanted.ts';

/** A definition, and the host that plain addresses in it are of, where that is known. */
export interface PlacementWish {
  readonly text: string;
  readonly file: string | undefined;
  readonly home: string | undefined;
}

/** What of a fleet a placement is decided on besides a host itself. */
export type BesideHosts = Pick<WholeFleet, 'mappings' | 'claims' | 'alive'>;

/** One host; without problems it can run the definition. Of its record no more is kept than is told: a fleet may have thousands. */
export interface Placement {
  readonly host: Pick<HostRecord, 'host' | 'architecture' | 'libvirt' | 'qemu'>;
  /** How many of its functions are free. */
  readonly free: number;
  readonly problems: readonly Problem[];
  /** In the order of the definition. */
  readonly functions: readonly PlacedFunction[];
  /** The rest of their IOMMU groups, which nobody else can have then. */
  readonly companions: readonly PublishedFunction[];
  /** Those that are on another NUMA node than the guest's memory, or than the first of them. */
  readonly far: readonly PublishedFunction[];
  /** Keys of those that the guest has claimed already. */
  readonly claimed: ReadonlySet<string>;
  /** Writes what the definition would be there; undefined on a host that cannot run it. */
  readonly definition: (() => string) | undefined;
}

/**
 * What becomes of a definition on one host after the other.
 *
 * @throws {HostdevError} what is wrong with the definition, as `readDomain` and `readWanted`; `mapping-unknown`.
 */
export function placing({ text, file, home }: PlacementWish, beside: BesideHosts): (host: KeptHost) => Placement {
  const domain = readDomain(text, file === undefined ? {} : { file });
  const wanted = readWanted(domain);
  const mappings = new Map(beside.mappings.map(({ record }) => [record.name, record]));
  requireMappings(wanted, mappings);
  const claims = guestClaims(beside.claims, indexClaims(beside.claims), domain.name);
  const asked: Asked = { domain, wanted, mappings, claims, home, alive: beside.alive, bound: boundNodes(domain), check: definitionCheck(file) };
  return (host) => placeOn(host, asked);
}

/**
 * First those that can run it. Of these the ones come first where the guest has claims, then those with functions near its memory, then where it takes
 * the fewest others along, then where more is left.
 */
export function ranked(placements: readonly Placement[]): readonly Placement[] {
  return placements.toSorted(better);
}

interface Asked {
  readonly domain: Domain;
  readonly wanted: readonly WantedFunction[];
  readonly mappings: ReadonlyMap<string, Mapping>;
  readonly claims: GuestClaims;
  readonly home: string | undefined;
  readonly alive: ReadonlySet<string>;
  readonly bound: ReadonlySet<number> | undefined;
  readonly check: DefinitionCheck;
}

function requireMappings(wanted: readonly WantedFunction[], mappings: ReadonlyMap<string, Mapping>): void {
  for (const { by } of wanted) {
    if (by.kind !== 'mapping' || mappings.has(by.name)) continue;
    throw new HostdevError('mapping-unknown', `the fleet has no mapping ${by.name}`, { subject: by.name, hint: "'hostdev fleet mapping list' shows them" });
  }
}

function placeOn(published: KeptHost, asked: Asked): Placement {
  const { domain, wanted, claims, alive } = asked;
  const { record } = published;
  const own = claims.ownOn(record.host);
  const host = asGuestFindsIt(published, own, domain.name);
  const found = functionsFor({ ...asked, host, own, claims: claims.othersOn(record.host) }, wanted);
  const problems = [...silence(record.host, alive), ...machineProblems(domain, record, wanted.length), ...found.problems];
  if (problems.length > 0) return cannot(published, problems);
  const functions = found.chosen.map(({ asked: function_ }, at) => ({ wanted: wanted[at] as WantedFunction, published: function_ }));
  const definition = writer(domain, functions, (domain.arch ?? record.architecture) === 's390x');
  const refused = refusals(published, definition, asked);
  if (refused.length > 0) return cannot(published, refused);
  const keys = new Set(functions.map(({ published: { key } }) => key));
  const along = new Map(found.chosen.flatMap(functionsOf).flatMap((each) => (keys.has(each.key) ? [] : [[each.key, each] as const])));
  return {
    ...toldOf(published),
    ...{ problems: [], functions, companions: [...along.values()], definition },
    far: farFunctions(
      functions.map((each) => each.published),
      asked.bound,
    ),
    claimed: new Set([...keys].filter((key) => own.has(key))),
  };
}

function cannot(host: KeptHost, problems: readonly Problem[]): Placement {
  return { ...toldOf(host), problems, functions: [], companions: [], far: [], claimed: new Set(), definition: undefined };
}

function toldOf({ record: { host, architecture, libvirt, qemu, functions } }: KeptHost): Pick<Placement, 'host' | 'free'> {
  return { host: { host, architecture, libvirt, qemu }, free: functions.filter(({ verdict }) => verdict === 'free').length };
}

/** What it has published may be long past: nobody says whether it still runs. */
function silence(host: string, alive: ReadonlySet<string>): Problem[] {
  if (alive.has(host)) return [];
  return [{ code: 'host-silent', severity: 'error', subject: host, message: `${host} gives no signs of life`, hint: 'start its agent' }];
}

function functionsFor(sight: Sight, wanted: readonly WantedFunction[]): { readonly chosen: readonly Candidate[]; readonly problems: readonly Problem[] } {
  // Several wishes for one mapping are one look at the host's functions.
  const looked = new Map<string, WishOnHost>();
  const wishes = wanted.map((each) => {
    const key = `${each.by.kind} ${each.what}`;
    const wish = looked.get(key) ?? wishOnHost(each, sight);
    looked.set(key, wish);
    return wish;
  });
  const problems = wishes.flatMap((each) => ('problems' in each ? each.problems : []));
  if (problems.length > 0) return { chosen: [], problems: distinct(problems) };
  const chosen = assignFunctions(wishes.map((each) => ('candidates' in each ? each.candidates : [])));
  if (chosen !== undefined) return { chosen, problems: [] };
  const { host } = sight.host.record;
  const words = wanted.map(({ what }) => what).join(', ');
  return { chosen: [], problems: [unfit(host, `${host} has not all of these at once: ${words}`, 'each of them is free, and they are too few together')] };
}

/** Several wishes for one mapping have the same reasons. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((each) => [each.message, each])).values()];
}

/** Apart, so that what is kept for writing is this, and not all that was looked at. */
function writer(domain: Domain, functions: readonly PlacedFunction[], zpci: boolean): () => string {
  return () => placedDefinition(domain, functions, { zpci });
}

function refusals({ record }: KeptHost, definition: () => string, { check }: Asked): readonly Problem[] {
  try {
    return check(definition(), record);
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return [unfit(record.host, `what ${record.host} has published cannot be used: ${error.message}`, 'see the agent of that host')];
  }
}

function better(a: Placement, b: Placement): number {
  return (
    Number(a.definition === undefined) - Number(b.definition === undefined) ||
    b.claimed.size - a.claimed.size ||
    a.far.length - b.far.length ||
    a.companions.length - b.companions.length ||
    b.free - a.free ||
    (a.host.host < b.host.host ? -1 : 1)
  );
}
