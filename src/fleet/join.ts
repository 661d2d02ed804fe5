/** Making a machine a host of a fleet: its record first, so that nobody else has its name; then the file that says so. */
import { isDeepStrictEqual } from 'node:util';
import { requireInterfaces } from '../app/interfaces.ts';
import { HostdevError } from '../errors.ts';
import { readInventory } from '../host/inventory.ts';
import { type Agent, agentRound, type Round } from './agent.ts';
import { type FleetConfig, readFleetConfig, writeFleetConfig } from './config.ts';
import { requireFleet } from './fleet-record.ts';
import { readMachineId } from './machine-identity.ts';
import { readPublished, refuseAnotherMachine } from './published.ts';
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
  /** False where the machine is a host of that fleet already, under that name, by those certificates. */
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
  const published = await readPublished(store, agent.host, signal);
  refuseAnotherMachine(published?.record, await readMachineId(port));
  const config: FleetConfig = { host: agent.host, store: address, networks };
  const isWritten = before !== undefined && isDeepStrictEqual({ networks: new Map<string, string>(), ...before }, config);
  const changed = published === undefined || !isWritten;
  if (dryRun) return { changed, round: undefined };
  const round = await agentRound({ ...agent, networks }, store, { signal });
  if (!isWritten) await writeFleetConfig(file, config);
  return { changed, round };
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
