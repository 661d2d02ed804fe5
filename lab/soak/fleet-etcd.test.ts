/** What takes long of a fleet's store in an etcd: Debian 12's 3.4, a leader that is stopped, members that are cut off from each other. */
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { CertificateFiles } from '../../src/fleet/etcd/certificate.ts';
import { problemsOf, readEtcdCondition } from '../../src/fleet/etcd/condition.ts';
import { connectEtcd, openEtcdStore } from '../../src/fleet/etcd/etcd-store.ts';
import { makeClear } from '../../src/fleet/store/make-clear.ts';
import type { FleetStore, Transaction } from '../../src/fleet/store/store.ts';
import { describeFleetStore } from '../../test/conformance/fleet-store/suite.ts';
import { absent, codeOf, contents, put, read, text, write } from '../../test/conformance/fleet-store/under-test.ts';
import { describeUnless } from '../../test/skip.ts';
import { type Cluster, startCluster } from '../fleet/etcd/cluster.ts';
import { inNamespaces, type SeparateNetwork } from '../fleet/etcd/network.ts';
import { startClusterForSuite, underTest } from '../fleet/etcd/under-test.ts';
import { labReason } from '../reason.ts';

const STOPPED_MS = 14_000;

const claim = (prefix: string, by: string): Transaction => ({ compares: [absent(`${prefix}claim`)], operations: [put(`${prefix}claim`, by)] });

function closedAfterwards(): (store: Promise<FleetStore>) => Promise<FleetStore> {
  const opened: FleetStore[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  return async (store) => {
    opened.push(await store);
    return store;
  };
}

describeUnless(await labReason('etcd-3.4'), 'a fleet in Debian 12’s etcd', () => {
  let cluster: Cluster;
  let certificates: CertificateFiles;
  beforeAll(async () => {
    ({ cluster, certificates } = await startClusterForSuite('3.4'));
  });
  afterAll(() => cluster.end());

  describeFleetStore({
    title: 'etcd 3.4, three members, TLS, rights',
    make: () => underTest(cluster, certificates),
    lacks: { whileReadOnly: 'an etcd is never read-only as a whole; who may not write is refused' },
  });

  it('is not too old, and does not say whether it asks for rights', async () => {
    const members = await connectEtcd({ endpoints: (await cluster.relays()).map(({ url }) => url), certificates });
    const condition = await readEtcdCondition(members, 'suite/any');
    members.close();
    expect(condition).toMatchObject({ version: '3.4.23', rights: null });
    expect(problemsOf(condition)).toEqual([]);
  });
});

describeUnless(await labReason('etcd'), 'a leader that is stopped', () => {
  let cluster: Cluster;
  const opening = closedAfterwards();
  beforeAll(async () => {
    cluster = await startCluster({ release: '3.5', members: 3 });
  });
  afterAll(() => cluster.end());

  it('keeps nobody for the 14 seconds that it is silent, and its late words change nothing', async () => {
    const endpoints = async (): Promise<string[]> => (await cluster.relays()).map(({ url }) => url);
    const leader = await cluster.leader();
    const urls = await endpoints();
    // The leader is the one that is asked, and watched.
    const first = [urls[leader] ?? '', ...urls.filter((_, member) => member !== leader)];
    const store = await opening(openEtcdStore({ endpoints: first, certificates: cluster.root }));
    const { revision } = await store.list('stop/');
    const told: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of store.watch('stop/', revision, stop.signal)) if (event.kind === 'put') told.push(event.entry.key);
    })();
    await write(store, put('stop/before', 'x'));
    const claimed = ['stop/before'];
    let [longest, last] = [0, performance.now()];
    await cluster.stop(leader);
    const began = performance.now();
    for (let i = 0; performance.now() - began < STOPPED_MS; i += 1) {
      const prefix = `stop/${`${i}`.padStart(4, '0')}/`;
      expect((await makeClear(store, claim(prefix, 'me'), { key: `${prefix}claim`, tries: 10 })).outcome).toBe('done');
      claimed.push(`${prefix}claim`);
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
    cluster.signal(leader, 'SIGCONT');
    // 2.5 s for an answer that does not come, as much for the election.
    expect(longest).toBeLessThan(9000);
    process.stdout.write(`        a leader is stopped for 14 s: no claim for ${(longest / 1000).toFixed(1)} s, then ${claimed.length - 1}\n`);
    await expect.poll(() => told.length).toBe(claimed.length);
    expect(told).toEqual(claimed);
    stop.abort();
    await watching;
  });
});

/** Why no network can be made here that has nothing to do with this machine's. */
const namespaces =
  process.geteuid?.() !== 0
    ? 'network namespaces with links between them need root'
    : existsSync('/usr/sbin/ip') || existsSync('/sbin/ip')
      ? ''
      : 'the program ip is missing (Debian package iproute2)';

describeUnless(namespaces === '' ? await labReason('etcd') : namespaces, 'members that are cut off from each other', () => {
  let cluster: Cluster;
  let network: SeparateNetwork;
  const opening = closedAfterwards();
  beforeAll(async () => {
    cluster = await startCluster({
      ...{ release: '3.5', members: 3 },
      network: async (directory) => {
        network = await inNamespaces(3, directory);
        return network;
      },
    });
  });
  afterAll(() => cluster.end());

  /** A store that knows one member alone, and one that knows the others. */
  async function sides(alone: number): Promise<readonly [minority: FleetStore, majority: FleetStore]> {
    const urls = (await cluster.relays()).map(({ url }) => url);
    const at = (members: readonly number[]): Promise<FleetStore> =>
      opening(openEtcdStore({ endpoints: members.map((member) => urls[member] ?? ''), certificates: cluster.root }));
    return [await at([alone]), await at([0, 1, 2].filter((member) => member !== alone))];
  }

  it.each(['leader', 'follower'] as const)(
    'a %s alone decides nothing and tells nothing old; the others go on, and one function has one holder',
    async (who) => {
      const leader = await cluster.leader();
      const alone = who === 'leader' ? leader : (leader + 1) % 3;
      const [minority, majority] = await sides(alone);
      const prefix = `cut/${who}/`;
      await write(majority, put(`${prefix}before`, 'x'));
      await minority.list(prefix);
      await network.link(alone, 'down');
      try {
        const answer = await minority.commit(claim(prefix, 'minority'));
        expect(answer.outcome).toBe('unclear');
        const theirs = await makeClear(majority, claim(prefix, 'majority'), { key: `${prefix}claim`, tries: 10 });
        expect(theirs.outcome).toBe('done');
        expect(await codeOf(() => minority.list(prefix))).toBe('fleet-no-quorum');
      } finally {
        await network.link(alone, 'up');
      }
      const cleared = await makeClear(minority, claim(prefix, 'minority'), { key: `${prefix}claim`, tries: 20 });
      expect(cleared.outcome).toBe('refused');
      expect(text(await read(minority, `${prefix}claim`))).toBe('majority');
      expect(await contents(minority, prefix)).toEqual(['before=x', 'claim=majority']);
    },
  );

  it('a watch at a member that is cut off goes on at another one, and misses nothing', async () => {
    const urls = (await cluster.relays()).map(({ url }) => url);
    const store = await opening(openEtcdStore({ endpoints: urls, certificates: cluster.root }));
    const [, majority] = await sides(0);
    const { revision } = await store.list('watched/');
    const told: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of store.watch('watched/', revision, stop.signal)) if (event.kind === 'put') told.push(text(event.entry) ?? '');
    })();
    await write(majority, put('watched/n', '0'));
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(['0']);
    await network.link(0, 'down');
    try {
      for (let i = 1; i < 10; i += 1) {
        const { revision: modified } = await majority.list('watched/');
        const entry = await read(majority, 'watched/n');
        const transaction: Transaction = {
          compares: [{ kind: 'modified', key: 'watched/n', revision: entry?.modified ?? modified }],
          operations: [put('watched/n', `${i}`)],
        };
        expect((await makeClear(majority, transaction, { key: 'watched/n', tries: 10 })).outcome).toBe('done');
      }
      await expect.poll(() => told, { timeout: 30_000 }).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    } finally {
      await network.link(0, 'up');
    }
    stop.abort();
    await watching;
  });
});
