/** On which networks functions of this host are, as its fleet knows them. */
import { readFleetConfig } from '../fleet/config.ts';
import { readMachineSerial } from '../fleet/machine-identity.ts';
import { readPublishedNetworks } from '../fleet/published-networks.ts';
import type { HostReader } from '../host/port.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { NetworkOf } from '../state/physical-networks.ts';
import { asking } from './fleet.ts';
import { type Io, printProblem } from './io.ts';

/**
 * Nothing on a host of no fleet, and where nobody has said a network to it.
 *
 * @throws {HostdevError} `fleet-config`, `file-unreadable`, and what keeps the store from being read.
 */
export async function networksOfFleet(io: Io, port: HostReader, functions: readonly NodeDevice[]): Promise<NetworkOf | undefined> {
  const config = await readFleetConfig(io.machine.fleetFile);
  const host = config?.host ?? null;
  if (config === undefined || host === null) return undefined;
  const serial = await readMachineSerial(port);
  // Other partitions of the machine may say some of the same functions; what this host has told is in its own file.
  if (serial === undefined && (config.networks?.size ?? 0) === 0) return undefined;
  const { networkOf, problems } = await asking(config, async ({ store }) => readPublishedNetworks(store, functions, { host, serial }));
  for (const problem of problems) printProblem(io, { ...problem, severity: 'warning' });
  return networkOf;
}
