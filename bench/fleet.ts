/** A fleet of thousands of hosts in an etcd of three members: what each costs, and how that grows. */
import { cpus, loadavg } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FleetAccess } from '../src/fleet/fleet-access.ts';
import { openEtcdStore } from '../src/fleet/etcd/etcd-store.ts';
import { claimFunctions, type ClaimOptions } from '../src/fleet/claim.ts';
import { encodeHostRecord } from '../src/fleet/host-record-bytes.ts';
import { FLEET_ROOT, hostsPrefix, inventoryKey, mappingKey } from '../src/fleet/model/keys.ts';
import { formatRecord } from '../src/fleet/model/record.ts';
import type { HostRecord, Mapping, PublishedFunction } from '../src/fleet/model/records.ts';
import { readFleetView } from '../src/fleet/read-fleet.ts';
import type { FleetStore } from '../src/fleet/store/store.ts';
import { type Cluster, startCluster } from '../lab/fleet/etcd/cluster.ts';

/** The first line of the section, which is also how it is found again. */
export const FLEET_TITLE = '## A fleet of 5,000 hosts';

const HOSTS = [1250, 2500, 5000] as const;
const FUNCTIONS = 64;
/** Hosts that publish at one time. */
const AT_ONCE = 16;
const TRIES = 10;
const CHANGES = 30;
const CLAIMS = 10;

interface Figures {
  readonly hosts: number;
  readonly publishSeconds: number;
  readonly listSeconds: number;
  readonly memoryMb: number;
  readonly storeMb: number;
  readonly watchMs: number;
  readonly claimMs: number;
}

export async function fleet(progress: (text: string) => void): Promise<string[]> {
  const load = loadavg()[0] ?? 0;
  const cluster = await startCluster({ release: '3.5', members: 3, quota: 2 * 1024 ** 3 });
  try {
    const relays = await cluster.relays();
    const store = await openEtcdStore({ endpoints: relays.map(({ url }) => url), certificates: cluster.root });
    const rows: Figures[] = [];
    for (const hosts of HOSTS) {
      progress(`a fleet of ${hosts} hosts`);
      rows.push(await measure(cluster, store, hosts));
    }
    await store.close();
    const record = hostOf(0);
    return section(rows, { json: JSON.stringify(record).length, packed: (await encodeHostRecord(record)).length, load });
  } finally {
    await cluster.end();
  }
}

async function measure(cluster: Cluster, store: FleetStore, hosts: number): Promise<Figures> {
  await empty(cluster);
  const values = await Promise.all(Array.from({ length: hosts }, (_, i) => encodeHostRecord(hostOf(i))));
  const publishSeconds = await seconds(() => publishAll(store, values));
  await put(store, mappingKey('nic'), formatRecord<Mapping>({ version: 1, name: 'nic', match: [{ ids: '8086:1572' }], wholeGroup: false, description: null }));
  const before = used();
  let view: unknown;
  const listSeconds = await seconds(async () => void (view = await readFleetView(store, () => true)));
  const memoryMb = (used() - before) / 1024 ** 2;
  if (view === undefined) throw new Error('nothing was listed');
  const watchMs = await watchLatency(store, values[0] ?? new Uint8Array());
  const claimMs = await claimTime(store);
  await compact(cluster);
  return { hosts, publishSeconds, listSeconds, memoryMb, storeMb: (await storeBytes(cluster)) / 1024 ** 2, watchMs, claimMs };
}

async function publishAll(store: FleetStore, values: readonly Uint8Array[]): Promise<void> {
  const left = values.map((value, i) => [inventoryKey(nameOf(i)), value] as const);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await put(store, ...next);
    }),
  );
}

/** A write that is not answered is asked for again, as an agent does: the same bytes under the same key. */
async function put(store: FleetStore, key: string, value: Uint8Array): Promise<void> {
  for (let left = TRIES; left > 0; left -= 1) {
    if ((await store.commit({ compares: [], operations: [{ kind: 'put', key, value }] })).outcome === 'done') return;
  }
  throw new Error(`${key} was not written in ${TRIES} tries`);
}

/** From asking for a change to hearing of it, over a watch on all hosts. */
async function watchLatency(store: FleetStore, value: Uint8Array): Promise<number> {
  const { revision } = await store.list(hostsPrefix, { limit: 1 });
  const over = new AbortController();
  const events = store.watch(hostsPrefix, revision, over.signal)[Symbol.asyncIterator]();
  const times: number[] = [];
  for (let i = 0; i < CHANGES; i += 1) {
    const begin = performance.now();
    await put(store, inventoryKey(nameOf(i)), value);
    for (let heard = await events.next(); !heard.done && heard.value.kind !== 'put'; ) heard = await events.next();
    times.push(performance.now() - begin);
  }
  over.abort();
  return median(times);
}

/** A claim of any function of a mapping that all hosts have, from reading the fleet to the answer. */
async function claimTime(store: FleetStore): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < CLAIMS; i += 1) {
    const access: FleetAccess = { store, by: 'bench', now: () => new Date(), random: Math.random, uuid: () => `bench-${i}-${performance.now()}` };
    const wish: ClaimOptions = { target: { kind: 'mapping', name: 'nic' }, what: 'nic', guest: `guest-${i}`, count: 1, wholeGroup: false, until: null };
    times.push((await seconds(async () => void (await claimFunctions(access, wish)))) * 1000);
  }
  return median(times);
}

async function empty(cluster: Cluster): Promise<void> {
  await cluster.etcdctl(['del', '--prefix', FLEET_ROOT]);
  await compact(cluster);
}

async function compact(cluster: Cluster): Promise<void> {
  const [, revision = ''] = /"revision":(\d+)/.exec(await cluster.etcdctl(['get', FLEET_ROOT, '--write-out=json'])) ?? [];
  await cluster.etcdctl(['compact', '--physical', revision]).catch(() => undefined);
  await cluster.etcdctl(['defrag', '--command-timeout=20s']);
}

async function storeBytes(cluster: Cluster): Promise<number> {
  const [status] = JSON.parse(await cluster.etcdctl(['endpoint', 'status', '--write-out=json'], 0)) as { Status: { dbSize: number } }[];
  return status?.Status.dbSize ?? 0;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use after a collection. */
function used(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

async function seconds(act: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await act();
  return (performance.now() - begin) / 1000;
}

const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[all.length >> 1] ?? 0;
const nameOf = (i: number): string => `host-${String(i).padStart(5, '0')}`;

function hostOf(i: number): HostRecord {
  const host = nameOf(i);
  return {
    ...{ version: 1, host, uuid: `5b6c0f8e-0000-4000-8000-${String(i).padStart(12, '0')}`, bootId: `0f4b6d1c-0000-4000-8000-${String(i).padStart(12, '0')}` },
    ...{ sequence: 7, hostdev: '0.2.0', at: '2026-11-26T08:00:00.000Z', architecture: 'x86_64', libvirt: '11.3.0', qemu: '10.0.0', memoryKib: 263_842_816 },
    problems: [],
    functions: Array.from({ length: FUNCTIONS }, (_, slot) => functionOf(host, slot)),
  };
}

function functionOf(host: string, slot: number): PublishedFunction {
  const address = `0000:${(0x10 + (slot >> 3)).toString(16)}:00.${slot & 7}`;
  const serial = `${host.slice(-5)}${slot.toString(16).padStart(2, '0')}`;
  return {
    ...{ key: `host/${host}/${address}`, address, class: '0x020000', vendor: '0x8086', device: slot % 4 === 0 ? '0x1572' : '0x154c' },
    fingerprint: `vendor=0x8086 device=0x1572 subsystem_vendor=0x8086 subsystem_device=0x0000 serial=340:${serial}`,
    ...{ verdict: 'free', evidence: [], driver: 'i40e', iommuGroup: slot, numaNode: slot >> 5, companions: [], physicalFunction: null },
    ...{ uid: null, fid: null, physicalNetwork: 'physnet1', heldBy: [] },
  };
}

function section(rows: readonly Figures[], { json, packed, load }: { readonly json: number; readonly packed: number; readonly load: number }): string[] {
  const cells = ({ hosts, publishSeconds, listSeconds, memoryMb, storeMb, watchMs, claimMs }: Figures): string =>
    [hosts, publishSeconds.toFixed(1), listSeconds.toFixed(1), memoryMb.toFixed(0), storeMb.toFixed(1), watchMs.toFixed(0), (claimMs / 1000).toFixed(1)].join(
      ' | ',
    );
  const [first, last] = [rows[0], rows.at(-1)];
  const growth = (of: (row: Figures) => number): string =>
    first === undefined || last === undefined ? '' : (of(last) / last.hosts / (of(first) / first.hosts)).toFixed(2);
  return [
    FLEET_TITLE,
    '',
    `An etcd 3.5 of three members with TLS on loopback, each host with ${FUNCTIONS} functions: a record of ${json} bytes of JSON, ${packed} packed. ${cpus()[0]?.model ?? ''}, ${cpus().length} cores,`,
    `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; load ${load.toFixed(1)} at the beginning (\`npm run bench -- fleet\`).`,
    '',
    '| hosts | all publish, s | the fleet is read, s | memory that takes, MB | store, MB | a change is heard of, ms | a claim of any function of all hosts, s |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${cells(row)} |`),
    '',
    `A host among ${last?.hosts} costs this many times one among ${first?.hosts}: publishing ${growth((row) => row.publishSeconds)}, reading ${growth((row) => row.listSeconds)}, memory ${growth((row) => row.memoryMb)}, store ${growth((row) => row.storeMb)}.`,
    '',
    'With 50,000 hosts, on paper, what breaks first: a claim of a mapping reads the whole fleet, ten times what the last line says, and 200 who do so at once read more than one etcd gives; hosts would',
    'have to be read by index (which hosts have functions of a mapping, written by each host under a key of the mapping), and kept by a watch in whoever claims often. Then memory of whoever lists, which',
    'would have to keep the packed records and unpack one at a time. Then heartbeats: 50,000 leases of 60 s are some 2,500 renewals a second where 250 are now; hosts of one rack could share one. Last the store itself:',
    'its size stays below the 8 GB that etcd is made for. Claims themselves do not grow with hosts: each compares the keys of its own functions.',
    '',
  ];
}
