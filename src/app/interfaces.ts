/** Interfaces of this host that somebody names. */
import { HostdevError } from '../errors.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { PhysicalNetworks } from '../state/physical-networks.ts';

/** @throws {HostdevError} `function-unknown` where no function has the interface of a physical network. */
export function requireInterfaces(networks: PhysicalNetworks, functions: readonly Pick<NodeDevice, 'netdevs'>[]): void {
  const missing = [...networks.keys()].find((netdev) => !functions.some(({ netdevs }) => netdevs.includes(netdev)));
  if (missing === undefined) return;
  throw new HostdevError('function-unknown', `no PCI function of this host has the interface ${missing}`, {
    subject: missing,
    hint: "'hostdev list --class nic' shows those that there are; with VFIO a function has none",
  });
}
