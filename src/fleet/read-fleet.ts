/** Reading what a fleet has: each list at one revision, and what cannot be read as a problem beside the rest. */
import type { Problem } from '../errors.ts';
import { everyEntry, type ListFrom } from './every-page.ts';
import { decodeHostRecord } from './host-record-bytes.ts';
import type { WholeFleet } from './model/fleet-check.ts';
import { alivePrefix, claimsPrefix, FLEET_ROOT, hostsPrefix, inventoryKey, mappingsPrefix, requestsPrefix, zpciPrefix } from './model/keys.ts';
import { CLAIM, MAPPING, type RecordKind, REQUEST, RESERVATION } from './model/record-kinds.ts';
import { type Kept, readEntry, readUnless } from './model/record.ts';
import type { Claim, Mapping } from './model/records.ts';
import type { FleetView, KeptClaim, KeptHost } from './model/view.ts';
import type { FleetStore } from './store/store.ts';

interface Read<R> {
  readonly kept: readonly Kept<R>[];
  readonly problems: readonly Problem[];
}

/** Of which hosts somebody wants to know: of one, or of those whose record says so; the others are read, and not kept. */
export type WantedHosts = string | ((host: KeptHost) => boolean);

/** Hosts and claims. */
export async function readFleetView(store: FleetStore, wanted: WantedHosts, signal?: AbortSignal): Promise<FleetView> {
  const hosts = typeof wanted === 'string' ? await readHost(store, wanted, signal) : await readHosts(store, wanted, signal);
  const claims = await readClaims(store, signal);
  return { hosts: hosts.kept, claims: claims.kept, problems: [...hosts.problems, ...claims.problems] };
}

/**
 * All that there is at one revision, so that nothing in it disagrees only because it was read later.
 *
 * @param keptOf - what of a host is kept, by what is claimed; all of it when missing.
 */
export async function readWholeFleet(
  store: FleetStore,
  keptOf: (claims: readonly KeptClaim[]) => (host: KeptHost) => KeptHost = () => (host) => host,
  signal?: AbortSignal,
): Promise<WholeFleet> {
  const at = await revisionNow(store, signal);
  const around = await readAroundHosts(store, { signal, at });
  const requests = await readAll(store, requestsPrefix, REQUEST, { signal, at });
  const reservations = await readAll(store, zpciPrefix, RESERVATION, { signal, at });
  const kept = keptOf(around.claims);
  const hosts: KeptHost[] = [];
  const problems: Problem[] = [];
  for await (const host of everyHostRecord(store, problems, { signal, at })) hosts.push(kept(host));
  const unread = [...problems, ...around.problems, ...requests.problems, ...reservations.problems];
  return { ...around, hosts, requests: requests.kept, reservations: reservations.kept, problems: unread };
}

/** The revision to read several lists at, so that they are of one time. */
export async function revisionNow(store: FleetStore, signal?: AbortSignal): Promise<bigint> {
  return (await store.list(FLEET_ROOT, { limit: 1 }, signal)).revision;
}

/** Some hosts of it, with all that is around them. */
export async function readSomeHosts(store: FleetStore, names: readonly string[]): Promise<Omit<WholeFleet, 'requests' | 'reservations'>> {
  const around = await readAroundHosts(store);
  const read = await Promise.all(names.map(async (name) => readHost(store, name)));
  return { ...around, hosts: read.flatMap(({ kept }) => kept), problems: [...read.flatMap(({ problems }) => problems), ...around.problems] };
}

export async function readClaims(store: FleetStore, signal?: AbortSignal): Promise<Read<Claim>> {
  return readAll(store, claimsPrefix, CLAIM, { signal });
}

export async function readMappings(store: FleetStore, signal?: AbortSignal): Promise<Read<Mapping>> {
  return readAll(store, mappingsPrefix, MAPPING, { signal });
}

interface Reading extends Pick<ListFrom, 'at'> {
  readonly signal?: AbortSignal | undefined;
}

/** What of it bears on a definition besides its hosts: the part that is small. */
export async function readAroundHosts(store: FleetStore, reading: Reading = {}): Promise<Omit<WholeFleet, 'hosts' | 'requests' | 'reservations'>> {
  const claims = await readAll(store, claimsPrefix, CLAIM, reading);
  const mappings = await readAll(store, mappingsPrefix, MAPPING, reading);
  const alive = await readAlive(store, reading);
  return { claims: claims.kept, mappings: mappings.kept, alive, problems: [...claims.problems, ...mappings.problems] };
}

/** Every host that can be read, one after the other. */
export async function* everyHostRecord(store: FleetStore, problems: Problem[], { signal, at }: Reading = {}): AsyncGenerator<KeptHost> {
  for await (const entry of everyEntry(store, hostsPrefix, signal, { at })) {
    if (!entry.key.endsWith('/inventory')) continue;
    const read = await readUnless(problems, async () => decodeHostRecord(entry));
    if (read !== undefined) yield read;
  }
}

/** The claims of these keys as they are now; of one that cannot be read nobody may say what it is. */
export async function readClaimsAt(store: FleetStore, keys: readonly string[], signal?: AbortSignal): Promise<KeptClaim[]> {
  if (keys.length === 0) return [];
  const { entries } = await store.get(keys, signal);
  return entries.map((entry) => readEntry(entry, CLAIM));
}

async function readAll<R>(store: FleetStore, prefix: string, kind: RecordKind<R>, { signal, at }: Reading): Promise<Read<R>> {
  const kept: Kept<R>[] = [];
  const problems: Problem[] = [];
  for await (const entry of everyEntry(store, prefix, signal, { at })) {
    const read = await readUnless(problems, () => readEntry(entry, kind));
    if (read !== undefined) kept.push(read);
  }
  return { kept, problems };
}

async function readHosts(
  store: FleetStore,
  isWanted: (host: KeptHost) => boolean,
  signal: AbortSignal | undefined,
): Promise<{ kept: KeptHost[]; problems: Problem[] }> {
  const kept: KeptHost[] = [];
  const problems: Problem[] = [];
  for await (const host of everyHostRecord(store, problems, { signal })) {
    if (isWanted(host)) kept.push(host);
  }
  return { kept, problems };
}

export async function readHost(store: FleetStore, host: string, signal?: AbortSignal): Promise<{ kept: KeptHost[]; problems: Problem[] }> {
  const problems: Problem[] = [];
  const { entries } = await store.get([inventoryKey(host)], signal);
  const read = await Promise.all(entries.map(async (entry) => readUnless(problems, async () => decodeHostRecord(entry))));
  return { kept: read.flatMap((each) => each ?? []), problems };
}

/** `alive/<host>/now` */
async function readAlive(store: FleetStore, { signal, at }: Reading): Promise<ReadonlySet<string>> {
  const alive = new Set<string>();
  for await (const { key } of everyEntry(store, alivePrefix, signal, { at })) alive.add(key.slice(alivePrefix.length).split('/')[0] ?? '');
  return alive;
}
