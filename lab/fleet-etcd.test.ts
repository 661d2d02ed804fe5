/** The store of a fleet in a real etcd of three members, with TLS: the suite of all stores. */
import { afterAll, beforeAll } from 'vitest';
import { describeFleetStore } from '../test/conformance/fleet-store/suite.ts';
import { describeUnless } from '../test/skip.ts';
import { type Cluster, startCluster } from './fleet/etcd/cluster.ts';
import { QUOTA, underTest } from './fleet/etcd/under-test.ts';
import { labReason } from './reason.ts';

describeUnless(await labReason('etcd'), 'a fleet in an etcd of three members', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ release: '3.5', members: 3, quota: QUOTA });
  });
  afterAll(() => cluster.end());

  describeFleetStore({
    title: 'etcd 3.5, three members, TLS',
    make: () => underTest(cluster),
    lacks: {
      whileReadOnly: 'an etcd is never read-only as a whole; who may not write hears so below',
    },
  });
});
