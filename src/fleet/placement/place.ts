/** Whether a host of a fleet can run a definition now, and why it cannot. A look: nothing is claimed. */
import { type Domain, readDomain } from '../../domain/domain.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { type Candidate, functionsOf } from '../model/candidate.ts';
import type { WholeFleet } from '../model/fleet-check.ts';
import type { ZpciIdSets } from '../../pci/zpci.ts';
import type { Mapping, PublishedFunction } from '../model/records.ts';
import { functionWords, indexClaims, type KeptHost } from '../model/view.ts';
import { assignFunctions } from './assign.ts';
import { type Sight, unfit, type WishOnHost, wishOnHost } from './candidates.ts';
import { type DefinitionCheck, definitionCheck, machineProblems } from './machine-fit.ts';
import { boundNodes, farFunctions } from './numa.ts';
import { asGuestFindsIt, type GuestClaims, guestClaims } from './own-claims.ts';
import { placedDefinition, type PlacedFunction } from './placed-definition.ts';
import { withPlacedIds } from './placed-ids.ts';
import type { Standing } from './standing.ts';
import { readWanted, sourceLocation, type WantedBy, type WantedFunction } from './wanted.ts';

/** A definition, and the host that plain addresses in it are of, where that is known. */
export interface PlacementWish {
  readonly text: string;
  readonly file: string | undefined;
  readonly home: string | undefined;
  /** What stands for a function of `home` on another host; addresses stay those of `home` when missing. */
  readonly elsewhere?: (address: string) => WantedBy;
}

/** One host; without problems it can run the definition. */
export interface Placement {
  readonly host: KeptHost;
  readonly problems: readonly Problem[];
  /** In the order of the definition. */
  readonly functions: readonly PlacedFunction[];
  /** The rest of their IOMMU groups, which nobody else can have then. */
  readonly companions: readonly PublishedFunction[];
  /** Those that are on another NUMA node than the guest's memory, or than the first of them. */
  readonly far: readonly PublishedFunction[];
  /** Keys of those that the guest has claimed already. */
  readonly claimed: ReadonlySet<string>;
  /** What the definition would be there; undefined on a host that cannot run it. */
  readonly definition: string | undefined;
  /** As the definition calls the guest. */
  readonly guest: string;
}

/** What of a fleet bears on a definition besides its hosts. */
export interface AroundHosts extends Omit<WholeFleet, 'hosts' | 'requests' | 'problems' | 'reservations'> {
  /** Ids of IBM Z that somebody has. Missing where nobody asks what the definition would be: whether it fits does not depend on them. */
  readonly takenIds?: ZpciIdSets | undefined;
}

/**
 * What says of one host after the other whether it can run a definition.
 *
 * @throws {HostdevError} what is wrong with the definition, as `readDomain` and `readWanted`; `mapping-unknown`.
 */
export function placerOf({ text, file, home, elsewhere }: PlacementWish, fleet: AroundHosts): (host: KeptHost) => Placement {
  const domain = readDomain(text, file === undefined ? {} : { file });
  const wanted = readWanted(domain).map((each) =>
    each.by.kind === 'address' && elsewhere !== undefined ? standingFor(each, elsewhere(each.by.address)) : each,
  );
  const mappings = new Map(fleet.mappings.map(({ record }) => [record.name, record]));
  requireMappings(domain, wanted, mappings);
  const claims = guestClaims(fleet.claims, indexClaims(fleet.claims), domain);
  const { takenIds } = fleet;
  const asked: Asked = { domain, wanted, mappings, claims, home, takenIds, alive: fleet.alive, bound: boundNodes(domain), check: definitionCheck(file) };
  return (host) => placeOn(host, asked);
}

/** What is said where none of so many hosts can run it. */
export function placedNowhere(file: string, hosts: number): Problem {
  const message = hosts === 0 ? 'the fleet has no hosts' : `none of ${hosts} hosts can run ${file} now`;
  return { code: 'placement-none', severity: 'error', subject: file, message, hint: 'the reasons are with each host' };
}

/** Ids that nobody keeps yet: what was told to one may be had by another until it is claimed. */
export function unreservedIds({ functions, guest, host: { record } }: Placement): Problem[] {
  return functions.flatMap(({ ids, published: { key } }): Problem[] => {
    if (ids === undefined || ids.reserved) return [];
    const message = `${functionWords(key)} would have uid ${ids.uid} and fid ${ids.fid}, the next that are free: they are not kept until it is claimed`;
    const hint = `hostdev fleet claim ${key} --for ${shellWord(guest)} --host ${record.host}, then place it again`;
    return [{ code: 'zpci-unreserved', severity: 'warning', subject: key, message, hint }];
  });
}

interface Asked {
  readonly domain: Domain;
  readonly wanted: readonly WantedFunction[];
  readonly mappings: ReadonlyMap<string, Mapping>;
  readonly claims: GuestClaims;
  readonly home: string | undefined;
  readonly alive: ReadonlySet<string>;
  readonly takenIds: ZpciIdSets | undefined;
  readonly bound: ReadonlySet<number> | undefined;
  readonly check: DefinitionCheck;
}

function standingFor(each: WantedFunction, by: WantedBy): WantedFunction {
  return { ...each, what: by.kind === 'mapping' ? by.name : each.what, by };
}

function requireMappings(domain: Domain, wanted: readonly WantedFunction[], mappings: ReadonlyMap<string, Mapping>): void {
  for (const { by, hostdev } of wanted) {
    if (by.kind !== 'mapping' || mappings.has(by.name)) continue;
    throw new HostdevError('mapping-unknown', `the fleet has no mapping ${by.name}`, {
      subject: by.name,
      location: sourceLocation(domain, hostdev),
      hint: "'hostdev fleet mapping list' shows them",
    });
  }
}

function placeOn(published: KeptHost, asked: Asked): Placement {
  const { domain, wanted, claims, alive } = asked;
  const { record } = published;
  const own = claims.ownOn(record.host);
  const host = asGuestFindsIt(published, own, domain);
  const found = functionsFor({ ...asked, host, own, claims: claims.othersOn(record.host) }, wanted);
  const problems = [...silence(record.host, alive), ...machineProblems(domain, record, wanted.length), ...found.problems];
  if (problems.length > 0) return cannot(published, domain, problems);
  const chosen = found.chosen.map(({ asked: function_ }, at) => ({ wanted: wanted[at] as WantedFunction, published: function_ }));
  const written = write(published, chosen, asked);
  const { functions } = written;
  if (written.definition === undefined || written.problems.length > 0) return cannot(published, domain, written.problems);
  const keys = new Set(functions.map(({ published: { key } }) => key));
  const along = new Map(found.chosen.flatMap(functionsOf).flatMap((each) => (keys.has(each.key) ? [] : [[each.key, each] as const])));
  return {
    ...{ host: published, guest: domain.name ?? '', problems: [], functions, companions: [...along.values()], definition: written.definition },
    far: farFunctions(
      functions.map((each) => each.published),
      asked.bound,
    ),
    claimed: new Set([...keys].filter((key) => own.has(key))),
  };
}

function cannot(host: KeptHost, { name: guest = '' }: Domain, problems: readonly Problem[]): Placement {
  return { host, guest, problems, functions: [], companions: [], far: [], claimed: new Set(), definition: undefined };
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

interface Written {
  readonly definition?: string;
  readonly functions: readonly PlacedFunction[];
  readonly problems: readonly Problem[];
}

function write({ record }: KeptHost, chosen: readonly PlacedFunction[], { domain, check, claims, takenIds }: Asked): Written {
  try {
    const isZ = (domain.arch ?? record.architecture) === 's390x';
    const functions = isZ ? withPlacedIds(chosen, { domain, claims, own: claims.ownOn(record.host), taken: takenIds }) : chosen;
    const definition = placedDefinition(domain, functions);
    return { definition, functions, problems: check(definition, record) };
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return {
      functions: [],
      problems: [unfit(record.host, `what ${record.host} has published cannot be used: ${error.message}`, 'see the agent of that host')],
    };
  }
}

/** What of a placement says which of two hosts comes first. */
export function standingOf({ host: { record }, definition, claimed, far, companions }: Placement): Standing {
  return {
    ...{ fits: definition !== undefined, claimed: claimed.size, far: far.length, companions: companions.length, host: record.host },
    free: record.functions.filter(({ verdict }) => verdict === 'free').length,
  };
}
