/** Making a machine a host of a fleet: its record first, so that nobody else has its name; then the file that says so. */
import { requireInterfaces } from '../app/interfaces.ts';
import { HostdevError } from '../errors.ts';
import { readInventory } from '../host/inventory.ts';
import type { PhysicalNetworks } from '../state/physical-networks.ts';
import { type Agent, agentRound, type Round } from './agent.ts';
import { type FleetConfig, readFleetConfig, writeFleetConfig } from './config.ts';
import { requireFleet } from './fleet-record.ts';
import { readMachineId } from './machine-identity.ts';
import { readPublished, refuseAnotherMachine } from './publish.ts';
import { formatStoreAddress, type StoreAddress } from './store-address.ts';
import type { FleetStore } from './store/store.ts';

export interface JoinWish {
  readonly agent: Agent;
  readonly address: StoreAddress;
  /** Where it is written that this machine is of that fleet. */
  readonly file: string;
  readonly dryRun: boolean;
}

export interface Joined {
  /** False where the machine is a host of that fleet already, under that name. */
  readonly changed: boolean;
  /** undefined in a dry run. */
  readonly round: Round | undefined;
}

/** @throws {HostdevError} `fleet-unknown`, `fleet-name-taken`, `fleet-member`, `fleet-no-machine-id`, and what keeps the host from being read. */
export async function joinFleet(store: FleetStore, { agent, address, file, dryRun }: JoinWish, signal?: AbortSignal): Promise<Joined> {
  const before = await readFleetConfig(file);
  refuseAnotherFleet(before, { host: agent.host, store: address }, file);
  await requireFleet(store, formatStoreAddress(address), signal);
  const { port } = agent.context;
  // What was said before stays where nothing is said now.
  const networks = agent.networks ?? before?.networks ?? new Map<string, string>();
  if (agent.networks !== undefined) requireInterfaces(networks, await readInventory(port));
  refuseAnotherMachine((await readPublished(store, agent.host, signal))?.record, await readMachineId(port));
  const changed =
    before?.host !== agent.host || formatStoreAddress(before.store) !== formatStoreAddress(address) || !sameNetworks(before.networks ?? new Map(), networks);
  if (dryRun) return { changed, round: undefined };
  const round = await agentRound({ ...agent, networks }, store, signal);
  await writeFleetConfig(file, { host: agent.host, store: address, networks });
  return { changed, round };
}

function sameNetworks(one: PhysicalNetworks, other: PhysicalNetworks): boolean {
  return one.size === other.size && [...one].every(([netdev, network]) => other.get(netdev) === network);
}

/** What is claimed of this host is in the fleet that it is of: it leaves that one first. Other endpoints and certificates may be those of the same. */
function refuseAnotherFleet(before: FleetConfig | undefined, now: FleetConfig, file: string): void {
  if (before === undefined || before.host === null) return;
  const isSame =
    before.host === now.host &&
    before.store.kind === now.store.kind &&
    (now.store.kind === 'etcd' || formatStoreAddress(before.store) === formatStoreAddress(now.store));
  if (isSame) return;
  throw new HostdevError('fleet-member', `this machine is ${before.host} of the fleet at ${formatStoreAddress(before.store)}, as ${file} says`, {
    subject: before.host,
    hint: "'hostdev fleet leave' first",
  });
}
