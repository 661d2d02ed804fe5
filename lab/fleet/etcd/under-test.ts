/** A cluster as the suite of stores takes one, with the faults that it can be made to have. */
import { HostdevError } from '../../../src/errors.ts';
import { type FleetStore, type Operation, TRANSACTION_LIMIT, VALUE_LIMIT } from '../../../src/fleet/store/store.ts';
import type { CertificateFiles } from '../../../src/fleet/etcd/certificate.ts';
import { connectEtcd, openEtcdStore } from '../../../src/fleet/etcd/etcd-store.ts';
import { ensureRights, type UserWish } from '../../../src/fleet/etcd/rights.ts';
import type { Faults } from '../../../test/conformance/fleet-store/under-test.ts';
import { type Cluster, startCluster } from './cluster.ts';
import type { EtcdRelease } from './programs.ts';
import type { Relay } from './relay.ts';

/** Small, so that it is full soon; what the suite writes has room in it. */
export const QUOTA = 32 * 1024 * 1024;

/** A lease of a second lasts two in etcd, whose shortest is one and a half, and goes within half a second more. */
const LEASE_IS_OVER_MS = 4000;

interface ClusterUnderTest extends Faults {
  readonly open: () => Promise<FleetStore>;
  readonly end: () => Promise<void>;
}

/** What the suite may do where rights are asked for. */
const SUITE: UserWish = {
  user: 'suite',
  role: 'lab-suite',
  rights: ['suite/', 'filling/'].map((prefix) => ({ prefix, access: 'readwrite' })),
};

/** A cluster of that release for the suite, which asks for rights; the certificate is that of the suite's user. */
export async function startClusterForSuite(release: EtcdRelease): Promise<{ readonly cluster: Cluster; readonly certificates: CertificateFiles }> {
  const cluster = await startCluster({ release, members: 3, quota: QUOTA });
  await cluster.enableRights();
  const [relay] = await cluster.relays();
  const members = await connectEtcd({ endpoints: [relay?.url ?? ''], certificates: cluster.root });
  await ensureRights(members, [SUITE], 'lab-');
  members.close();
  return { cluster, certificates: await cluster.authority.issue({ user: SUITE.user }) };
}

export async function underTest(cluster: Cluster, certificates: CertificateFiles): Promise<ClusterUnderTest> {
  const ways = new Map<FleetStore, readonly Relay[]>();
  const relaysOf = (store: FleetStore): readonly Relay[] => ways.get(store) ?? [];
  return {
    async open() {
      const relays = await cluster.relays();
      const store = await openEtcdStore({ endpoints: relays.map(({ url }) => url), certificates });
      ways.set(store, relays);
      return store;
    },
    async end() {
      for (const relays of ways.values()) for (const relay of relays) await relay.end();
    },
    async loseAnswer(store, way) {
      for (const relay of relaysOf(store)) {
        if (way === 'before') relay.loseRequest();
        else relay.loseAnswer();
      }
    },
    async holdBack(store) {
      // There has to be a connection for what is held back to arrive over.
      await store.get(['suite/hold']);
      const letGo = relaysOf(store).map((relay) => relay.holdRequests());
      return async () => {
        await Promise.all(letGo.map((each) => each()));
        return undefined;
      };
    },
    async cutWatches(store) {
      for (const relay of relaysOf(store)) relay.cut(2);
    },
    async compact(store) {
      const { revision } = await store.list('suite/');
      await cluster.etcdctl(['compact', `${revision}`]);
    },
    whileFull: (store, work) => whileFull(cluster, store, work),
    async silence(store) {
      for (const relay of relaysOf(store)) relay.shut();
      await new Promise((resolve) => setTimeout(resolve, LEASE_IS_OVER_MS));
    },
  };
}

const FILLING = 'filling/';

/** Fills a cluster of {@link QUOTA} bytes, and makes room again. */
export async function whileFull(cluster: Cluster, store: FleetStore, work: () => Promise<void>): Promise<void> {
  await fill(store);
  await work();
  await cluster.etcdctl(['del', '--prefix', FILLING]);
  const { revision } = await store.list(FILLING);
  await cluster.etcdctl(['compact', '--physical', `${revision}`]);
  await cluster.etcdctl(['defrag', '--command-timeout=20s']);
  await cluster.etcdctl(['alarm', 'disarm']);
}

/** Writes until etcd takes nothing more. */
async function fill(store: FleetStore): Promise<void> {
  const value = new Uint8Array(VALUE_LIMIT);
  const operations = [0, 1, 2, 3].map((i): Operation => ({ kind: 'put', key: `${FILLING}${i}`, value }));
  for (let written = 0; written < QUOTA; written += TRANSACTION_LIMIT) {
    try {
      await store.commit({ compares: [], operations });
    } catch (error) {
      if (error instanceof HostdevError && error.code === 'fleet-full') return;
      throw error;
    }
  }
  throw new Error('it takes more than it may have');
}
