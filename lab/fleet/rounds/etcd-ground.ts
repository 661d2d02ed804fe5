/** Rounds over an etcd of three members, which are killed, stopped, cut off from each other, and full. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openEtcdStore } from '../../../src/fleet/etcd/etcd-store.ts';
import { FLEET_ROOT } from '../../../src/fleet/model/keys.ts';
import { type Cluster, startCluster } from '../etcd/cluster.ts';
import { inNamespaces, type SeparateNetwork } from '../etcd/network.ts';
import { QUOTA, whileFull } from '../etcd/under-test.ts';
import type { Disturb, Ground } from './ground.ts';

const MEMBERS = 3;
const LEAST_MS = 500;
const MOST_MS = 3500;
/** Of rounds, how many have a full store: that takes longest. */
const FULL = 0.05;

/** With namespaces members can be cut off from each other; that needs root. */
export async function etcdGround(hasNamespaces: boolean): Promise<Ground> {
  let network: SeparateNetwork | undefined;
  const cluster = await startCluster({
    ...{ release: '3.5', members: MEMBERS, quota: QUOTA },
    ...(hasNamespaces ? { network: async (directory: string) => (network = await inNamespaces(MEMBERS, directory)) } : {}),
  });
  const relays = await cluster.relays();
  const place = { kind: 'etcd', endpoints: relays.map(({ url }) => url), certificates: cluster.root } as const;
  return {
    async begin() {
      const [, revision = ''] = /"revision":(\d+)/.exec(await cluster.etcdctl(['del', '--prefix', FLEET_ROOT, '--write-out=json'])) ?? [];
      await cluster.etcdctl(['compact', revision]);
      return place;
    },
    async disturb(random, say) {
      if (random() < FULL) {
        const store = await openEtcdStore(place);
        say('the store is full');
        await whileFull(cluster, store, async () => void (await sleep(random() * MOST_MS)));
        say('the store has room again');
        return store.close();
      }
      const all = [killMember(cluster), stopLeader(cluster), stopTwo(cluster), ...(network === undefined ? [] : [cutOff(cluster, network)])];
      await sleep(random() * LEAST_MS);
      await all[Math.floor(random() * all.length)]?.(random, say);
    },
    end: () => cluster.end(),
  };
}

const aWhile = (random: () => number): Promise<void> => sleep(LEAST_MS + random() * (MOST_MS - LEAST_MS));
const anyOf = (random: () => number): number => Math.floor(random() * MEMBERS);

function killMember(cluster: Cluster): Disturb {
  return async (random, say) => {
    const member = random() < 0.5 ? await cluster.leader() : anyOf(random);
    say(`member ${member} is killed`);
    cluster.signal(member, 'SIGKILL');
    await aWhile(random);
    await cluster.restart(member);
    say(`member ${member} is back`);
  };
}

function stopLeader(cluster: Cluster): Disturb {
  return async (random, say) => {
    const member = await cluster.leader();
    say(`member ${member}, which leads, is stopped`);
    await cluster.stop(member);
    await aWhile(random);
    cluster.signal(member, 'SIGCONT');
    say(`member ${member} goes on`);
  };
}

function stopTwo(cluster: Cluster): Disturb {
  return async (random, say) => {
    const stays = anyOf(random);
    const stopped = [0, 1, 2].filter((member) => member !== stays);
    say(`members ${stopped.join(' and ')} are stopped`);
    for (const member of stopped) await cluster.stop(member);
    await aWhile(random);
    for (const member of stopped) cluster.signal(member, 'SIGCONT');
    say(`members ${stopped.join(' and ')} go on`);
  };
}

function cutOff(cluster: Cluster, { link }: SeparateNetwork): Disturb {
  return async (random, say) => {
    const member = random() < 0.5 ? await cluster.leader() : anyOf(random);
    say(`member ${member} is cut off`);
    await link(member, 'down');
    await aWhile(random);
    await link(member, 'up');
    say(`member ${member} is reached again`);
  };
}
