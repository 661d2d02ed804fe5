/** `hostdev pool show`: networks of libvirt that hand out virtual functions. */
import { type NetworkPool, readNetworkPool } from '../../domain/network-pool.ts';
import { HostdevError } from '../../errors.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { type Libvirt, LIBVIRT_ERROR, libvirtCode, type NetworkRef } from '../../libvirt/index.ts';
import { poolLosses, poolMembers } from '../../plan/pool.ts';
import type { Judgment } from '../../state/judge.ts';
import { acceptOrRefuse, type TakingOptions } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { viewHost } from '../host-view.ts';
import { reportOf, type VerdictReport } from '../../state/verdict-report.ts';

interface PoolRow {
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

/** A pool, and what this host says to each of its functions. */
export interface JudgedPool extends PoolRow {
  /** Verdicts on what it hands out; null for a pool of another host, which cannot be looked at from here. */
  readonly members: readonly Pick<VerdictReport, 'address' | 'verdict' | 'evidence'>[] | null;
}

/** Every pool, or the one that is named, with the verdict on each function. */
export async function listPools(context: AppContext, libvirt: Libvirt, name?: string): Promise<JudgedPool[]> {
  const found = name === undefined ? await readPools(libvirt) : [await requirePool(libvirt, name)];
  const judgments = libvirt.isLocal && found.length > 0 ? (await viewHost(context)).judgments : undefined;
  return found.map(({ pool, ...row }) => ({ ...row, members: judgments === undefined ? null : poolMembers(pool, judgments).map(memberOf) }));
}

function memberOf(judgment: Judgment): Pick<VerdictReport, 'address' | 'verdict' | 'evidence'> {
  const { address, verdict, evidence } = reportOf(judgment);
  return { address, verdict, evidence };
}

interface FoundPool extends PoolRow {
  readonly pool: NetworkPool;
}

async function readPools(libvirt: Libvirt): Promise<FoundPool[]> {
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
async function requirePool(libvirt: Libvirt, name: string): Promise<FoundPool> {
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
  throw new HostdevError('network-unknown', `the pool '${pool.name}' is not active`, { subject: pool.name, hint: `start it: virsh net-start ${pool.name}` });
}

/**
 * Refuses to take from a pool while this host uses a function that libvirt may choose.
 *
 * @throws {HostdevError} `function-in-use`; with `force` it is told as a loss instead.
 */
export async function refusePoolInUse(context: AppContext, { name, pool }: FoundPool, options: TakingOptions): Promise<void> {
  const { judgments } = await viewHost(context);
  const hint = `libvirt may choose it from the pool ${name}; --force lets it`;
  acceptOrRefuse(
    poolLosses(poolMembers(pool, judgments)).map((refusal) => ({ ...refusal, hint })),
    options,
    () => true,
  );
}
