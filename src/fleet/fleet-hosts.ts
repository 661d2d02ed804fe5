/** Hosts of a fleet with what is claimed of each, one after the other: no more than a page of each is in memory. */
import { HostdevError, type Problem } from '../errors.ts';
import { everyEntry } from './every-page.ts';
import { decodeHostRecord } from './host-record-bytes.ts';
import { aliveKey, alivePrefix, claimKey, hostsPrefix, inventoryKey } from './model/keys.ts';
import { unknownHost } from './model/missing-host.ts';
import { CLAIM } from './model/record-kinds.ts';
import { readEntry } from './model/record.ts';
import { type ClaimIndex, eitherIndex, indexClaims, type KeptClaim, type KeptHost } from './model/view.ts';
import type { Entry, FleetStore } from './store/store.ts';

export interface HostOfFleet {
  readonly host: KeptHost;
  readonly claims: ClaimIndex;
  /** Whether its agent has said so lately: a hint. */
  readonly alive: boolean;
}

/** One that has a record. */
interface RecordedHost {
  readonly name: string;
  /** Nothing where the record cannot be read. */
  readonly read: () => Promise<HostOfFleet | undefined>;
}

/** Which hosts are wanted, and where in their order to begin. */
export interface HostsWish {
  /** Those that are named; all of them when missing. */
  readonly names?: readonly string[] | undefined;
  readonly from?: HostsFrom | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HostsFrom {
  readonly host: string;
  /** Whether to begin behind it, and not with it. */
  readonly isDone: boolean;
}

/**
 * Those that can be read, in the order of their keys; of what cannot be read it is said.
 *
 * @throws {HostdevError} `fleet-host-unknown` for each that is named, and that the fleet does not have.
 */
export async function* everyHost(store: FleetStore, wish: HostsWish, onProblem: (problem: Problem) => void): AsyncGenerator<HostOfFleet> {
  for await (const { read } of hostsInOrder(store, wish, onProblem)) {
    const found = await read();
    if (found !== undefined) yield found;
  }
}

/** Those that cannot be read, too, and each read when somebody wants it: whoever looks at so many and no more counts them. @throws {HostdevError} as `everyHost`. */
export async function* hostsInOrder(
  store: FleetStore,
  { names, from, signal }: HostsWish,
  onProblem: (problem: Problem) => void,
): AsyncGenerator<RecordedHost> {
  if (names !== undefined) {
    await requireHosts(store, names, signal);
    const begun = [...new Set(names)].toSorted((one, other) => (isBefore(one, other) ? -1 : 1)).filter((name) => from === undefined || isFrom(name, from));
    for (const name of begun) {
      const { inventory, isAlive } = await entriesOf(store, name, signal);
      // It may have been forgotten since.
      if (inventory === undefined) continue;
      yield {
        name,
        read: async () => {
          const host = await decodeHostRecord(inventory).catch((error: unknown) => tell(error, onProblem));
          return host && withClaims(store, { host, isAlive, signal }, onProblem);
        },
      };
    }
    return;
  }
  const alive = new Set<string>();
  for await (const { key } of everyEntry(store, alivePrefix, signal)) alive.add(nameIn(key, alivePrefix));
  const read = (entry: Entry): KeptClaim[] => orProblem(() => [readEntry(entry, CLAIM)], onProblem) ?? [];
  const ofMachines: KeptClaim[] = [];
  for await (const entry of everyEntry(store, `${claimKey('cpc')}/`, signal)) ofMachines.push(...read(entry));
  // Once for all hosts: a fleet of partitions may have as many of these as it has hosts, many times over.
  const shared = indexClaims(ofMachines);
  // Claims under hosts' names stand in the order of the hosts: both lists are gone through side by side.
  const ownPrefix = `${claimKey('host')}/`;
  const own = grouped(everyEntry(store, ownPrefix, signal, { after: keyFrom(ownPrefix, from) }), ownPrefix);
  let claims = await own.next();
  for await (const entry of everyEntry(store, hostsPrefix, signal, { after: keyFrom(hostsPrefix, from) })) {
    if (!entry.key.endsWith('/inventory')) continue;
    const name = nameIn(entry.key, hostsPrefix);
    while (claims.done !== true && isBefore(claims.value.name, name)) claims = await own.next();
    const claimed = claims.done !== true && claims.value.name === name ? claims.value.entries : [];
    yield {
      name,
      read: async () => {
        const found = claimed.flatMap(read);
        const host = await decodeHostRecord(entry).catch((error: unknown) => tell(error, onProblem));
        return host && { host, claims: eitherIndex(indexClaims(found), shared), alive: alive.has(name) };
      },
    };
  }
}

/** A key that is before everything of a host, or behind it: no part of a key begins with either. */
function keyFrom(prefix: string, from: HostsFrom | undefined): string | undefined {
  return from === undefined ? undefined : `${prefix}${from.host}/${from.isDone ? '~' : '!'}`;
}

function isFrom(name: string, { host, isDone }: HostsFrom): boolean {
  return isBefore(host, name) || (!isDone && name === host);
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
  const [first, ...others] = [...new Set(names)].filter((name) => !known.has(inventoryKey(name))).map((name) => unknownHost(name).toProblem());
  if (first !== undefined) throw HostdevError.all(first, others);
}

/**
 * One of them.
 *
 * @throws {HostdevError} `fleet-host-unknown`, and what keeps its record from being read.
 */
export async function oneHost(store: FleetStore, name: string, onProblem: (problem: Problem) => void): Promise<HostOfFleet> {
  const { inventory, isAlive } = await entriesOf(store, name);
  if (inventory === undefined) throw unknownHost(name);
  return withClaims(store, { host: await decodeHostRecord(inventory), isAlive }, onProblem);
}

async function entriesOf(store: FleetStore, name: string, signal?: AbortSignal): Promise<{ readonly inventory: Entry | undefined; readonly isAlive: boolean }> {
  const { entries } = await store.get([inventoryKey(name), aliveKey(name)], signal);
  const at = (key: string): Entry | undefined => entries.find((each) => each.key === key);
  return { inventory: at(inventoryKey(name)), isAlive: at(aliveKey(name)) !== undefined };
}

interface FoundHost {
  readonly host: KeptHost;
  readonly isAlive: boolean;
  readonly signal?: AbortSignal | undefined;
}

async function withClaims(store: FleetStore, { host, isAlive, signal }: FoundHost, onProblem: (problem: Problem) => void): Promise<HostOfFleet> {
  const serials = host.record.functions.flatMap(({ key }) => /^cpc\/([^/]+)\//.exec(key)?.[1] ?? []);
  const prefixes = [`host/${host.record.host}`, ...new Set(serials.map((serial) => `cpc/${serial}`))];
  const claims: KeptClaim[] = [];
  for (const prefix of prefixes) {
    for await (const each of everyEntry(store, `${claimKey(prefix)}/`, signal)) claims.push(...(orProblem(() => [readEntry(each, CLAIM)], onProblem) ?? []));
  }
  return { host, claims: indexClaims(claims), alive: isAlive };
}
