/** What keeps an IOMMU group from going to VFIO as a whole. */
import { type PciAddress, samePciAddress } from '../pci/address.ts';
import { readGroupMembers, readNodeDevice } from './inventory.ts';
import { isBridge, isVfioDriver } from '../state/node-device.ts';
import type { HostReader } from './port.ts';

export interface BoundMate {
  readonly address: PciAddress;
  readonly driver: string;
  /** A bridge that is no port (ISA, CardBus): nobody can have it, but its driver is in the way. */
  readonly isBridge: boolean;
}

/** Drivers that do nothing with a function. */
const PASSIVE: ReadonlySet<string> = new Set(['pci-stub']);

/**
 * Other members of a group that are still with a host driver. Ports and bridges do not count: they may stay with the
 * kernel, because they cannot reach the guest's memory by themselves.
 */
export async function readBoundMates(port: HostReader, address: PciAddress, group: number): Promise<BoundMate[]> {
  const mates: BoundMate[] = [];
  for (const member of await readGroupMembers(port, group)) {
    if (samePciAddress(member, address)) continue;
    const mate = await readNodeDevice(port, member);
    if (mate?.driver === undefined || isVfioDriver(mate.driver) || mate.headerType === 1 || PASSIVE.has(mate.driver)) continue;
    mates.push({ address: member, driver: mate.driver, isBridge: isBridge(mate) });
  }
  return mates;
}
