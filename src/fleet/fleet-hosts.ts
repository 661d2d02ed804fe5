/** Hosts of a fleet with what is claimed of each, one after the other: no more than a page of each is in memory. */
import { HostdevError, type Problem } from '../errors.ts';
import { everyEntry } from './every-page.ts';
import { decodeHostRecord } from './host-record-bytes.ts';
import { aliveKey, alivePrefix, claimKey, hostsPrefix, inventoryKey } from './model/keys.ts';
import { CLAIM } from './model/record-kinds.ts';
import { readEntry } from './model/record.ts';
import { type ClaimIndex, indexClaims, type KeptClaim, type KeptHost } from './model/view.ts';
import type { Entry, FleetStore } from './store/store.ts';

export interface HostOfFleet {
  readonly host: KeptHost;
  readonly claims: ClaimIndex;
  /** Whether its agent has said so lately: a hint. */
  readonly alive: boolean;
}

/** In the order of their keys; of what cannot be read it is said, and the others come all the same. */
export async function* everyHost(store: FleetStore, onProblem: (problem: Problem) => void, signal?: AbortSignal): AsyncGenerator<HostOfFleet> {
  const alive = new Set<string>();
  for await (const { key } of everyEntry(store, alivePrefix, signal)) alive.add(nameIn(key, alivePrefix));
  const shared: KeptClaim[] = [];
  const read = (entry: Entry): KeptClaim[] => orProblem(() => [readEntry(entry, CLAIM)], onProblem) ?? [];
  for await (const entry of everyEntry(store, `${claimKey('cpc')}/`, signal)) shared.push(...read(entry));
  // Claims under hosts' names stand in the order of the hosts: both lists are gone through side by side.
  const own = grouped(everyEntry(store, `${claimKey('host')}/`, signal), `${claimKey('host')}/`);
  let claims = await own.next();
  for await (const entry of everyEntry(store, hostsPrefix, signal)) {
    if (!entry.key.endsWith('/inventory')) continue;
    const name = nameIn(entry.key, hostsPrefix);
    while (claims.done !== true && isBefore(claims.value.name, name)) claims = await own.next();
    const found = claims.done !== true && claims.value.name === name ? claims.value.entries.flatMap(read) : [];
    const host = await decodeHostRecord(entry).catch((error: unknown) => tell(error, onProblem));
    if (host !== undefined) yield { host, claims: indexClaims([...found, ...shared]), alive: alive.has(name) };
  }
}

interface Group {
  readonly name: string;
  readonly entries: Entry[];
}

async function* grouped(entries: AsyncIterable<Entry>, prefix: string): AsyncGenerator<Group> {
  let group: Group | undefined;
  for await (const entry of entries) {
    const name = nameIn(entry.key, prefix);
    if (group !== undefined && group.name !== name) yield group;
    if (group?.name !== name) group = { name, entries: [] };
    group.entries.push(entry);
  }
  if (group !== undefined) yield group;
}

/** As the keys are ordered: a slash stands behind each name. */
function isBefore(name: string, other: string): boolean {
  return `${name}/` < `${other}/`;
}

function nameIn(key: string, prefix: string): string {
  return key.slice(prefix.length).split('/', 1)[0] ?? '';
}

function orProblem<T>(act: () => T, onProblem: (problem: Problem) => void): T | undefined {
  try {
    return act();
  } catch (error) {
    return tell(error, onProblem);
  }
}

function tell(error: unknown, onProblem: (problem: Problem) => void): undefined {
  if (!(error instanceof HostdevError)) throw error;
  onProblem(error.toProblem());
}

/** @throws {HostdevError} `fleet-host-unknown` for each that the fleet does not have. */
export async function requireHosts(store: FleetStore, names: readonly string[], signal?: AbortSignal): Promise<void> {
  const { entries } = await store.get(names.map(inventoryKey), signal);
  const known = new Set(entries.map(({ key }) => key));
  const [first, ...others] = [...new Set(names)].filter((name) => !known.has(inventoryKey(name))).map(unknownHost);
  if (first !== undefined) throw HostdevError.all(first, others);
}

function unknownHost(name: string): Problem {
  return { code: 'fleet-host-unknown', severity: 'error', subject: name, message: `the fleet has no host ${name}`, hint: "'hostdev fleet list' shows them" };
}

/**
 * One of them.
 *
 * @throws {HostdevError} `fleet-host-unknown`, and what keeps its record from being read.
 */
export async function oneHost(store: FleetStore, name: string, onProblem: (problem: Problem) => void): Promise<HostOfFleet> {
  const { entries } = await store.get([inventoryKey(name), aliveKey(name)]);
  const entry = entries.find(({ key }) => key === inventoryKey(name));
  if (entry === undefined) throw HostdevError.from(unknownHost(name));
  const host = await decodeHostRecord(entry);
  const serials = host.record.functions.flatMap(({ key }) => /^cpc\/([^/]+)\//.exec(key)?.[1] ?? []);
  const prefixes = [`host/${name}`, ...new Set(serials.map((serial) => `cpc/${serial}`))];
  const claims: KeptClaim[] = [];
  for (const prefix of prefixes) {
    for await (const each of everyEntry(store, `${claimKey(prefix)}/`)) claims.push(...(orProblem(() => [readEntry(each, CLAIM)], onProblem) ?? []));
  }
  return { host, claims: indexClaims(claims), alive: entries.some(({ key }) => key === aliveKey(name)) };
}
