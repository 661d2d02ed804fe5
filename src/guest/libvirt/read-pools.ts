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
  readonly uuid: string;
  readonly pool: NetworkPool;
}

/** All pools, by name; none where libvirt has no networks at all. */
export async function readPools(libvirt: Libvirt): Promise<FoundPool[]> {
  const rows = await Promise.all((await networksOf(libvirt)).map((net) => readPool(libvirt, net)));
  return rows.filter((row) => row !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A libvirt can be installed without its network driver. */
async function networksOf(libvirt: Libvirt): Promise<readonly NetworkRef[]> {
  try {
    return await libvirt.listNetworks();
  } catch (error) {
    if (libvirtCode(error) === LIBVIRT_ERROR.noSupport) return [];
    throw error;
  }
}

/** Names of all pools. */
export async function poolNames(libvirt: Libvirt): Promise<string[]> {
  return (await readPools(libvirt)).map(({ name }) => name);
}

/** @throws {HostdevError} `network-unknown`. */
export async function requirePool(libvirt: Libvirt, name: string): Promise<FoundPool> {
  const found = await findPool(libvirt, name);
  if (found === undefined) throw noPool(name, `libvirt has no network '${name}'`);
  return found;
}

/**
 * The pool of that name; undefined where there is no network of that name.
 *
 * @throws {HostdevError} `network-unknown` for a network that is no pool.
 */
export async function findPool(libvirt: Libvirt, name: string): Promise<FoundPool | undefined> {
  const net = await libvirt.findNetwork(name);
  if (net === undefined) return undefined;
  const found = await readPool(libvirt, net);
  if (found === undefined) throw noPool(name, `the network '${name}' gives no functions to guests`);
  return found;
}

function noPool(name: string, message: string): HostdevError {
  return new HostdevError('network-unknown', message, { subject: name, hint: "'hostdev pool show' lists those that do; 'hostdev pool create' makes one" });
}

/** What libvirt would need to have a pool again. */
export interface PoolDefinition {
  readonly xml: string;
  readonly autostart: boolean;
}

/** @throws {HostdevError} `network-unknown` for one that has no definition: it goes when it is stopped. */
export async function readPoolDefinition(libvirt: Libvirt, { name, uuid }: Pick<FoundPool, 'name' | 'uuid'>): Promise<PoolDefinition> {
  const net = { name, uuid };
  if (!(await libvirt.isNetworkPersistent(net))) {
    const hint = `whoever made it has its XML; stop it: virsh net-destroy ${shellWord(name)}`;
    throw new HostdevError('network-unknown', `the pool '${name}' has no definition, so nothing could make it again`, { subject: name, hint });
  }
  return { xml: await libvirt.networkXml(net, { inactive: true }), autostart: await libvirt.networkAutostart(net) };
}

async function readPool(libvirt: Libvirt, net: NetworkRef): Promise<FoundPool | undefined> {
  const pool = readNetworkPool(await libvirt.networkXml(net));
  if (pool === undefined) return undefined;
  const active = await libvirt.isNetworkActive(net);
  return {
    name: net.name,
    active,
    managed: pool.managed,
    physicalInterfaces: pool.physicalInterfaces,
    functions: pool.functions.map(formatPciAddress),
    // libvirt does not say that there are none.
    connections: pool.connections ?? (active ? 0 : null),
    uuid: net.uuid,
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
