/** Networks of libvirt that hand out virtual functions. */
import { type NetworkPool, readNetworkPool } from '../../domain/network-pool.ts';
import { HostdevError } from '../../errors.ts';
import { type Libvirt, LIBVIRT_ERROR, libvirtCode, type NetworkRef } from '../../libvirt/index.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { shellWord } from '../../shell-word.ts';

/** A pool as `--json` prints it. */
export interface PoolRow {
  readonly name: string;
  readonly active: boolean;
  readonly managed: boolean;
  /** Interfaces of physical functions whose virtual ones are handed out. */
  readonly physicalInterfaces: readonly string[];
  /** Functions that are named one by one, and those of the interfaces while it is active. */
  readonly functions: readonly string[];
  /** Guests that have one now. */
  readonly connections: number | null;
}

/** A pool with what its network says. */
export interface FoundPool extends PoolRow {
  readonly pool: NetworkPool;
}

/** All pools, by name. */
export async function readPools(libvirt: Libvirt): Promise<FoundPool[]> {
  const rows = await Promise.all((await libvirt.listNetworks()).map((net) => readPool(libvirt, net)));
  return rows.filter((row) => row !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names of all pools; none where libvirt has no networks at all. */
export async function poolNames(libvirt: Libvirt): Promise<string[]> {
  try {
    return (await readPools(libvirt)).map(({ name }) => name);
  } catch (error) {
    if (libvirtCode(error) === LIBVIRT_ERROR.noSupport) return [];
    throw error;
  }
}

/** @throws {HostdevError} `network-unknown`. */
export async function requirePool(libvirt: Libvirt, name: string): Promise<FoundPool> {
  const net = await libvirt.findNetwork(name);
  const row = net === undefined ? undefined : await readPool(libvirt, net);
  if (row !== undefined) return row;
  throw new HostdevError('network-unknown', net === undefined ? `libvirt has no network '${name}'` : `the network '${name}' gives no functions to guests`, {
    subject: name,
    hint: "'hostdev pool show' lists those that do; 'hostdev pool create' makes one",
  });
}

async function readPool(libvirt: Libvirt, net: NetworkRef): Promise<FoundPool | undefined> {
  const pool = readNetworkPool(await libvirt.networkXml(net));
  if (pool === undefined) return undefined;
  return {
    name: net.name,
    active: await libvirt.isNetworkActive(net),
    managed: pool.managed,
    physicalInterfaces: pool.physicalInterfaces,
    functions: pool.functions.map(formatPciAddress),
    connections: pool.connections ?? null,
    pool,
  };
}

/** @throws {HostdevError} `network-unknown`, also for one that is not active. */
export async function requireActivePool(libvirt: Libvirt, name: string): Promise<FoundPool> {
  const pool = await requirePool(libvirt, name);
  if (pool.active) return pool;
  throw new HostdevError('network-unknown', `the pool '${pool.name}' is not active`, {
    subject: pool.name,
    hint: `start it: virsh net-start ${shellWord(pool.name)}`,
  });
}
