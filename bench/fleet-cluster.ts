/** The etcd that a fleet is measured on: three members with TLS on loopback, what they use of the processor, and how large their store is. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EtcdPlace, openEtcdStore } from '../src/fleet/etcd/etcd-store.ts';
import { FLEET_ROOT } from '../src/fleet/model/keys.ts';
import type { FleetStore } from '../src/fleet/store/store.ts';
import { startCluster } from '../lab/fleet/etcd/cluster.ts';
import { CLIENT_PORT, onLoopback } from '../lab/fleet/etcd/network.ts';

export interface MeasuredCluster {
  readonly place: EtcdPlace;
  readonly store: FleetStore;
  /** Seconds of the processor that all members have used so far. */
  readonly processorSeconds: () => Promise<number>;
  /** Of one member; all of them have the same. */
  readonly storeMb: () => Promise<number>;
  /** Forgets what was, and gives its room back. */
  readonly compact: () => Promise<void>;
  /** A fleet without anything. */
  readonly empty: () => Promise<void>;
  readonly end: () => Promise<void>;
}

const MEMBERS = 3;
const QUOTA = 2 * 1024 ** 3;
/** USER_HZ of all architectures that Linux has today. */
const TICKS = 100;
const TRIES = 20;

export async function startMeasuredCluster(): Promise<MeasuredCluster> {
  const network = onLoopback();
  const cluster = await startCluster({ release: '3.5', members: MEMBERS, quota: QUOTA, electionMs: 10_000, network: async () => network });
  const place: EtcdPlace = {
    endpoints: Array.from({ length: MEMBERS }, (_, member) => `https://${network.address(member)}:${CLIENT_PORT}`),
    certificates: cluster.root,
  };
  // On a machine that is busy otherwise a question takes longer than etcdctl waits.
  const etcdctl = async (args: readonly string[], member?: number): Promise<string> =>
    asOften(async () => cluster.etcdctl(['--command-timeout=25s', ...args], member));
  const compact = async (): Promise<void> => {
    const [, revision = ''] = /"revision":(\d+)/.exec(await etcdctl(['get', FLEET_ROOT, '--write-out=json'])) ?? [];
    // What is compacted already is not compacted again.
    await cluster.etcdctl(['--command-timeout=25s', 'compact', '--physical', revision]).catch(() => undefined);
    for (let member = 0; member < MEMBERS; member += 1) await etcdctl(['defrag'], member);
  };
  return {
    place,
    store: await openEtcdStore(place),
    compact,
    processorSeconds: async () => {
      const pids = await memberPids();
      if (pids.length !== MEMBERS) throw new Error(`${pids.length} members run`);
      return (await Promise.all(pids.map(processorTicks))).reduce((sum, each) => sum + each, 0) / TICKS;
    },
    storeMb: async () => {
      const [status] = JSON.parse(await etcdctl(['endpoint', 'status', '--write-out=json'], 0)) as { Status: { dbSize: number } }[];
      if (status === undefined) throw new Error('the first member says nothing of its store');
      return status.Status.dbSize / 1024 ** 2;
    },
    empty: async () => {
      await etcdctl(['del', '--prefix', FLEET_ROOT]);
      await compact();
    },
    end: async () => cluster.end(),
  };
}

async function asOften<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 1) throw error;
      await sleep(500);
    }
  }
}

/** Members are this process's children that were told to listen for peers. */
async function memberPids(): Promise<string[]> {
  const found: string[] = [];
  for (const thread of await readdir('/proc/self/task')) {
    const children = (await readFile(`/proc/self/task/${thread}/children`, 'utf8').catch(() => '')).split(' ').filter(Boolean);
    for (const pid of children) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (words.includes('--listen-peer-urls=')) found.push(pid);
    }
  }
  return found;
}

/** Fields 14 and 15, of all threads; the name before them may have blanks. Source: proc(5). */
async function processorTicks(pid: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
