/** The store of a fleet of emulated hosts: an etcd on this machine with TLS and rights, and who may do what in it. */
import type { CertificateFiles } from '../../src/fleet/etcd/certificate.ts';
import { type Cluster, startCluster } from '../fleet/etcd/cluster.ts';

export interface HostsStore {
  /** How it is called here, and in the hosts, whose ports of that number lead to it. */
  readonly url: string;
  readonly port: number;
  /** Of etcd's root. */
  readonly root: CertificateFiles;
  /** A certificate of that name. */
  readonly issue: (user: string) => Promise<CertificateFiles>;
  readonly end: () => Promise<void>;
}

/** One member: what becomes of several that fail is shown by the suite of all stores. */
export async function startHostsStore(directory: string): Promise<HostsStore> {
  const cluster = await startCluster({ release: '3.5', members: 1, directory });
  try {
    return await overRelay(cluster);
  } catch (error) {
    await cluster.end();
    throw error;
  }
}

/** Its members have addresses of this run; a relay has one that a host has as well. */
async function overRelay(cluster: Cluster): Promise<HostsStore> {
  await cluster.enableRights();
  const [relay] = await cluster.relays();
  const url = relay?.url ?? '';
  return { url, port: Number(new URL(url).port), root: cluster.root, issue: (user) => cluster.authority.issue({ user }), end: cluster.end };
}
