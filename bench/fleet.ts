/** A fleet of thousands of hosts in an etcd of three members: what each costs, and how that grows. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HostdevError } from '../src/errors.ts';
import type { FleetAccess } from '../src/fleet/fleet-access.ts';
import { openEtcdStore } from '../src/fleet/etcd/etcd-store.ts';
import { claimFunctions, type ClaimOptions } from '../src/fleet/claim.ts';
import { type ClaimTarget, lookAt } from '../src/fleet/claim-target.ts';
import { everyHost } from '../src/fleet/fleet-hosts.ts';
import { functionItems, hostItem } from '../src/fleet/fleet-items.ts';
import { encodeHostRecord } from '../src/fleet/host-record-bytes.ts';
import { aliveKey, hostsPrefix, inventoryKey, mappingKey } from '../src/fleet/model/keys.ts';
import { formatRecord } from '../src/fleet/model/record.ts';
import type { HostRecord, Mapping } from '../src/fleet/model/records.ts';
import { placeInStore } from '../src/fleet/place-in-store.ts';
import { publish } from '../src/fleet/publish.ts';
import type { Alive } from '../src/fleet/store/store.ts';
import type { AgentCost, AgentSettings } from './fleet-agent.ts';
import { type MeasuredCluster, startMeasuredCluster } from './fleet-cluster.ts';
import { FUNCTIONS, hostOf, nameOf } from './fleet-host.ts';
import { makeSyntheticHost } from './synthetic-host.ts';

/** The first line of the section, which is also how it is found again. */
export const FLEET_TITLE = '## A fleet of 5,000 hosts';

const HOSTS = [500, 1000, 2500, 5000] as const;
/** Hosts that publish at one time. */
const AT_ONCE = 16;
const TRIES = 10;
const CHANGES = 30;
/** Times that something is done of which the cheapest counts: what is not answered in time on a busy machine is asked again, and that is not its price. */
const LOOKS = 3;
/** As the agent has it: the sign of life is renewed three times in that. */
const ALIVE_SECONDS = 60;
const MAPPING = 'nic';
const DEFINITION = `<domain type='kvm'>
  <name>web</name>
  <memory unit='GiB'>4</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'><source mapping='${MAPPING}'/></hostdev>
  </devices>
</domain>
`;

/** What something took: the time that passed, and that of the processor, of this process and of all members together. */
interface Spent {
  readonly elapsed: number;
  readonly own: number;
  readonly members: number;
}

interface Figures {
  readonly hosts: number;
  readonly publishing: Spent;
  readonly listing: Spent;
  readonly listingFree: Spent;
  readonly placing: Spent;
  readonly claiming: Spent;
  /** MB in use beyond what was before: at most while hosts are listed, when all are placed, when a claim of any host's functions is decided on. */
  readonly listMb: number;
  readonly placeMb: number;
  readonly claimMb: number;
  readonly watchMs: number;
  /** Of one core, in percent: of all members, and of the process that says for all hosts that they live. */
  readonly renewing: { readonly members: number; readonly own: number };
  /** When each host has published twice, and what is left of that when it was compacted. */
  readonly storeMb: { readonly before: number; readonly after: number };
}

export async function fleet(progress: (text: string) => void): Promise<string[]> {
  const before = loadavg()[0] ?? 0;
  const cluster = await startMeasuredCluster();
  try {
    const rows: Figures[] = [];
    for (const hosts of HOSTS) {
      const row = await measure(cluster, hosts, (what) => progress(`a fleet of ${hosts} hosts: ${what}`));
      progress(JSON.stringify(row));
      rows.push(row);
    }
    progress('an agent at rest');
    const agent = await agentAtRest(cluster);
    await cluster.store.close();
    const record = hostOf(0);
    return section(rows, {
      ...{ agent, load: [before, loadavg()[0] ?? 0] },
      ...{ json: JSON.stringify(record).length, packed: (await encodeHostRecord(record)).length },
    });
  } finally {
    await cluster.end();
  }
}

async function measure(cluster: MeasuredCluster, hosts: number, progress: (what: string) => void): Promise<Figures> {
  const { store } = cluster;
  const spent = async (act: () => Promise<unknown>): Promise<Spent> => spentOn(cluster, act);
  await cluster.empty();
  await put(
    cluster,
    mappingKey(MAPPING),
    formatRecord<Mapping>({ version: 1, name: MAPPING, match: [{ ids: '8086:1572' }], wholeGroup: false, description: null }),
  );
  progress('all publish');
  const publishing = await spent(async () => publishAll(cluster, hosts, {}));
  await publishAll(cluster, hosts, { libvirt: '11.4.0' });
  const stored = await cluster.storeMb();
  progress('all say that they live');
  const signs = await openEtcdStore(cluster.place);
  const lives = await eachOf(hosts, async (i) => again(async () => signs.alive(aliveKey(nameOf(i)), new TextEncoder().encode('{"version":1}'), ALIVE_SECONDS)));
  // A third of the time has every one of them once.
  const beats = await spent(async () => sleep((ALIVE_SECONDS * 1000) / 3));
  progress('listed');
  const listing = await leastOf(LOOKS, async () => spent(async () => listAll(cluster)));
  const listingFree = await leastOf(LOOKS, async () => spent(async () => listFree(cluster)));
  const listMb = await again(async () => mostWhileListing(cluster));
  progress('placed, claimed, watched');
  const placing = await leastOf(LOOKS, async () => spent(async () => place(cluster, hosts)));
  const placeMb = await keptBy(async () => again(async () => place(cluster, hosts)));
  const target: ClaimTarget = { kind: 'mapping', name: MAPPING };
  const claimMb = await keptBy(async () => again(async () => lookAt(store, target, undefined)));
  const claiming = await leastOf(LOOKS, async () => spent(async () => claim(cluster, target)));
  const watchMs = await watchLatency(cluster);
  await Promise.all(lives.map(async (life: Alive) => life.end().catch(unlessRefused)));
  await signs.close();
  await cluster.compact();
  return {
    ...{ hosts, publishing, listing, listingFree, placing, claiming, listMb, placeMb, claimMb, watchMs },
    renewing: { members: (100 * beats.members) / beats.elapsed, own: (100 * beats.own) / beats.elapsed },
    storeMb: { before: stored, after: await cluster.storeMb() },
  };
}

async function publishAll({ store }: MeasuredCluster, hosts: number, otherwise: Partial<HostRecord>): Promise<void> {
  await eachOf(hosts, async (i) => {
    const { sequence: _, at: __, ...told } = { ...hostOf(i), ...otherwise };
    await again(async () => publish(store, told, { isEnrolled: false, now: () => new Date() }));
  });
}

async function listAll({ store }: MeasuredCluster): Promise<number> {
  let listed = 0;
  for await (const each of everyHost(store, {}, refuse)) listed += hostItem(each).functions;
  return listed;
}

async function listFree({ store }: MeasuredCluster): Promise<number> {
  let listed = 0;
  for await (const each of everyHost(store, {}, refuse)) listed += functionItems(each, { classes: ['nic'], numaNodes: [0], free: true }).length;
  return listed;
}

async function mostWhileListing({ store }: MeasuredCluster): Promise<number> {
  const before = used();
  let most = 0;
  let seen = 0;
  for await (const each of everyHost(store, {}, refuse)) {
    hostItem(each);
    seen += 1;
    if (seen % 250 === 0) most = Math.max(most, used() - before);
  }
  return most;
}

async function place({ store }: MeasuredCluster, hosts: number): Promise<unknown> {
  const found = await placeInStore(store, { text: DEFINITION, file: undefined, home: undefined });
  const fit = found.items.filter(({ fits }) => fits).length;
  if (fit !== hosts) throw new Error(`${fit} of ${hosts} hosts can run it: ${JSON.stringify(found.items.find(({ fits }) => !fits)?.reasons)}`);
  return found;
}

/** Of any function of a mapping that all hosts have, from reading the fleet to the answer. */
async function claim({ store }: MeasuredCluster, target: ClaimTarget): Promise<void> {
  const access: FleetAccess = { store, by: 'bench', now: () => new Date(), random: Math.random, uuid: randomUUID };
  const wish: ClaimOptions = { target, what: MAPPING, guest: 'measured', count: 1, wholeGroup: false, until: null };
  await claimFunctions(access, wish);
}

/** From asking for a change to hearing of it, over a watch on all hosts. */
async function watchLatency(cluster: MeasuredCluster): Promise<number> {
  const { store } = cluster;
  const value = await encodeHostRecord(hostOf(0));
  const { revision } = await store.list(hostsPrefix, { limit: 1 });
  const over = new AbortController();
  const events = store.watch(hostsPrefix, revision, over.signal)[Symbol.asyncIterator]();
  const times: number[] = [];
  for (let i = 0; i < CHANGES; i += 1) {
    const begin = performance.now();
    await put(cluster, inventoryKey(nameOf(i)), value);
    for (let heard = await events.next(); !heard.done && heard.value.kind !== 'put'; ) heard = await events.next();
    times.push(performance.now() - begin);
  }
  over.abort();
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

/** What an agent of the largest fleet has in memory, and uses in a minute in which nothing happens. */
async function agentAtRest({ place: at }: MeasuredCluster): Promise<AgentCost> {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-fleet-bench-'));
  const root = join(directory, 'host');
  makeSyntheticHost(root, FUNCTIONS);
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/machine-id'), `${'5b'.repeat(16)}\n`);
  const settings: AgentSettings = { root, stateDirectory: join(directory, 'state'), host: 'measured', place: at };
  const agent = fork('build/bench/fleet-agent.mjs', [JSON.stringify(settings)]);
  try {
    const first = await answerOf(agent);
    await sleep(60_000);
    agent.send('tell');
    const then = await answerOf(agent);
    return { residentMb: then.residentMb, processorSeconds: then.processorSeconds - first.processorSeconds };
  } finally {
    agent.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function answerOf(agent: ChildProcess): Promise<AgentCost> {
  const ended = once(agent, 'exit').then(([status]) => {
    throw new Error(`the agent that is measured has ended with ${String(status)}`);
  });
  const [cost] = await Promise.race([once(agent, 'message'), ended]);
  return cost as AgentCost;
}

/** A write that is not answered is asked for again, as an agent does: the same bytes under the same key. */
async function put({ store }: MeasuredCluster, key: string, value: Uint8Array): Promise<void> {
  for (let left = TRIES; left > 0; left -= 1) {
    if ((await store.commit({ compares: [], operations: [{ kind: 'put', key, value }] })).outcome === 'done') return;
  }
  throw new Error(`${key} was not written in ${TRIES} tries`);
}

/** What an etcd on a machine that is busy otherwise does not answer in time is asked again. */
async function again<T>(act: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof HostdevError) || left === 1) throw error;
    }
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof HostdevError)) throw error;
}

function refuse({ message }: { readonly message: string }): void {
  throw new Error(message);
}

async function eachOf<T>(count: number, act: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let i = next++; i < count; i = next++) results[i] = await act(i);
    }),
  );
  return results;
}

async function spentOn(cluster: MeasuredCluster, act: () => Promise<unknown>): Promise<Spent> {
  const members = await cluster.processorSeconds();
  const began = performance.now();
  const own = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(own);
  const elapsed = (performance.now() - began) / 1000;
  return { elapsed, own: (user + system) / 1e6, members: (await cluster.processorSeconds()) - members };
}

/** The one that took the least of the processor, of so many that were answered. */
async function leastOf(times: number, act: () => Promise<Spent>): Promise<Spent> {
  const all: Spent[] = [];
  while (all.length < times) all.push(await again(act));
  return all.reduce((least, each) => (each.own + each.members < least.own + least.members ? each : least));
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** MB in use after a collection. */
function used(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 ** 2;
}

async function keptBy(act: () => Promise<unknown>): Promise<number> {
  const before = used();
  const kept = await act();
  const after = used();
  if (kept === undefined) throw new Error('nothing was kept');
  return after - before;
}

interface Around {
  readonly json: number;
  readonly packed: number;
  readonly load: readonly [number, number];
  readonly agent: AgentCost;
}

function section(rows: readonly Figures[], { json, packed, load: [before, after], agent }: Around): string[] {
  const ms = ({ elapsed, own, members }: Spent, hosts: number): string =>
    `${elapsed.toFixed(1)} | ${own.toFixed(1)} + ${members.toFixed(1)} | ${((1000 * (own + members)) / hosts).toFixed(2)}`;
  const timed: readonly [string, keyof Figures & ('publishing' | 'listing' | 'listingFree' | 'placing' | 'claiming')][] = [
    ['all hosts publish for the first time', 'publishing'],
    ['`fleet list`: every host', 'listing'],
    ['`fleet list --free --class nic --numa 0`', 'listingFree'],
    ['`fleet place` of a guest with a mapping that all hosts have', 'placing'],
    ['`fleet claim` of such a mapping', 'claiming'],
  ];
  const [first, last] = [rows[0], rows.at(-1)] as [Figures, Figures];
  const growth = (of: (row: Figures) => number): string => (of(last) / last.hosts / (of(first) / first.hosts)).toFixed(2);
  const work = ({ own, members }: Spent): number => own + members;
  return [
    FLEET_TITLE,
    '',
    `An etcd 3.5 of three members with TLS on loopback, all on this machine; each host with ${FUNCTIONS} functions, a record of ${json} bytes of JSON, ${packed} packed. ${cpus()[0]?.model ?? ''},`,
    `${cpus().length} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; load of the machine ${before.toFixed(1)} at the beginning, ${after.toFixed(1)} at the end (\`npm run bench -- fleet\`). Time of the processor`,
    'is of the process itself, and of the three members together; of looks, a placement and a claim the cheapest of three.',
    '',
    '| | hosts | passed, s | processor, s: own + etcd | processor, ms a host |',
    '| --- | --- | --- | --- | --- |',
    ...timed.flatMap(([words, name]) => rows.map((row, at) => `| ${at === 0 ? words : ''} | ${row.hosts} | ${ms(row[name], row.hosts)} |`)),
    '',
    '| hosts | a claim is decided on, MB | a change is heard of, ms | signs of life, % of a core: etcd, clients | store after two publications each, MB | compacted, MB |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ hosts, claimMb, watchMs, renewing, storeMb }) =>
        `| ${hosts} | ${claimMb.toFixed(0)} | ${watchMs.toFixed(0)} | ${renewing.members.toFixed(1)}, ${renewing.own.toFixed(1)} | ${storeMb.before.toFixed(1)} | ${storeMb.after.toFixed(1)} |`,
    ),
    '',
    `A host among ${last.hosts} costs this many times one among ${first.hosts} (1 is linear): ${timed.map(([, name]) => `${name} ${growth((row) => work(row[name]))}`).join(', ')}; memory of a claim ${growth((row) => row.claimMb)}, store ${growth((row) => row.storeMb.after)}. Lists and placements have ${Math.max(...rows.flatMap(({ listMb, placeMb }) => [listMb, placeMb])).toFixed(0)} MB in use at most, whatever there is.`,
    `A thousand signs of life more take ${((1000 * (last.renewing.members - first.renewing.members)) / (last.hosts - first.hosts)).toFixed(1)} % of a core more of the etcd; what is left of the first row is what it uses at rest.`,
    '',
    `An agent of that fleet, on a host of ${FUNCTIONS} functions, at rest: ${agent.residentMb.toFixed(0)} MB resident, ${agent.processorSeconds.toFixed(2)} s of the processor in a minute in which nothing happens.`,
    '',
  ];
}
