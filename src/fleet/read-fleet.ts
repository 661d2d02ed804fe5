/** Reading what a fleet has: each list at one revision, and what cannot be read as a problem beside the rest. */
import type { Problem } from '../errors.ts';
import { everyEntry } from './every-page.ts';
import { decodeHostRecord } from './host-record-bytes.ts';
import type { WholeFleet } from './model/fleet-check.ts';
import { alivePrefix, claimsPrefix, hostsPrefix, inventoryKey, mappingsPrefix, requestsPrefix } from './model/keys.ts';
import { CLAIM, MAPPING, type RecordKind, REQUEST } from './model/record-kinds.ts';
import { type Kept, readEntry, readUnless } from './model/record.ts';
import type { Claim, Mapping } from './model/records.ts';
import type { FleetView, KeptClaim, KeptHost } from './model/view.ts';
import type { FleetStore } from './store/store.ts';

interface Read<R> {
  readonly kept: readonly Kept<R>[];
  readonly problems: readonly Problem[];
}

/** Hosts and claims: of one host, or of all. */
export async function readFleetView(store: FleetStore, host: string | undefined, signal?: AbortSignal): Promise<FleetView> {
  const hosts = host === undefined ? await readHosts(store, signal) : await readHost(store, host, signal);
  const claims = await readClaims(store, signal);
  return { hosts: hosts.kept, claims: claims.kept, problems: [...hosts.problems, ...claims.problems] };
}

/** All that there is, but for what guests and functions are in detail. */
export async function readWholeFleet(store: FleetStore, signal?: AbortSignal): Promise<WholeFleet> {
  const view = await readFleetView(store, undefined, signal);
  const mappings = await readMappings(store, signal);
  const requests = await readAll(store, requestsPrefix, REQUEST, signal);
  const alive = await readAlive(store, signal);
  const problems = [...view.problems, ...mappings.problems, ...requests.problems];
  return { ...view, mappings: mappings.kept, requests: requests.kept, alive, problems };
}

export async function readClaims(store: FleetStore, signal?: AbortSignal): Promise<Read<Claim>> {
  return readAll(store, claimsPrefix, CLAIM, signal);
}

export async function readMappings(store: FleetStore, signal?: AbortSignal): Promise<Read<Mapping>> {
  return readAll(store, mappingsPrefix, MAPPING, signal);
}

/** What of it bears on a definition besides its hosts. */
export async function readAroundHosts(store: FleetStore): Promise<Omit<WholeFleet, 'hosts' | 'requests'>> {
  const claims = await readClaims(store);
  const mappings = await readMappings(store);
  const alive = await readAlive(store, undefined);
  return { claims: claims.kept, mappings: mappings.kept, alive, problems: [...claims.problems, ...mappings.problems] };
}

/** Every host that can be read, one after the other. */
export async function* everyHostRecord(store: FleetStore, problems: Problem[], signal?: AbortSignal): AsyncGenerator<KeptHost> {
  for await (const entry of everyEntry(store, hostsPrefix, signal)) {
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

async function readAll<R>(store: FleetStore, prefix: string, kind: RecordKind<R>, signal: AbortSignal | undefined): Promise<Read<R>> {
  const kept: Kept<R>[] = [];
  const problems: Problem[] = [];
  for await (const entry of everyEntry(store, prefix, signal)) {
    const read = await readUnless(problems, () => readEntry(entry, kind));
    if (read !== undefined) kept.push(read);
  }
  return { kept, problems };
}

async function readHosts(store: FleetStore, signal: AbortSignal | undefined): Promise<{ kept: KeptHost[]; problems: Problem[] }> {
  const kept: KeptHost[] = [];
  const problems: Problem[] = [];
  for await (const host of everyHostRecord(store, problems, signal)) kept.push(host);
  return { kept, problems };
}

export async function readHost(store: FleetStore, host: string, signal?: AbortSignal): Promise<{ kept: KeptHost[]; problems: Problem[] }> {
  const problems: Problem[] = [];
  const { entries } = await store.get([inventoryKey(host)], signal);
  const read = await Promise.all(entries.map(async (entry) => readUnless(problems, async () => decodeHostRecord(entry))));
  return { kept: read.flatMap((each) => each ?? []), problems };
}

/** `alive/<host>/now` */
async function readAlive(store: FleetStore, signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
  const alive = new Set<string>();
  for await (const { key } of everyEntry(store, alivePrefix, signal)) alive.add(key.slice(alivePrefix.length).split('/')[0] ?? '');
  return alive;
}
