/**
 * pSeries: functions of different IOMMU groups must not share a host bridge.
 *
 * Rules: docs/addressing.md §11.
 */
import { parsePciAddress } from '../../pci/notation.ts';
import type { Device } from '../guest/device.ts';
import type { Guest } from '../guest/guest.ts';

/** The group of a host device: that of its function on the host, so that functions isolated there stay so. */
export function groupOf(guest: Guest, hostdev: Device): number {
  const { type, key } = hostdev.hostdev ?? {};
  if (guest.machineClass !== 'pseries' || type !== 'pci' || key === undefined) return 0;
  const group = guest.host.pciFunction(parsePciAddress(key))?.iommuGroup;
  return group === undefined ? 0 : group + 1;
}

const HIGHEST = 0xffff_ffff;

/** Gives each device its isolation group; 0 everywhere but on pSeries. */
export function assignGroups(guest: Guest): void {
  if (guest.machineClass !== 'pseries') return;
  for (const hostdev of guest.lists.hostdev) {
    hostdev.group = groupOf(guest, hostdev);
  }
  // A network pool's function is not known before the start: such an interface gets a group nobody else has.
  let next = HIGHEST;
  const used = new Set(guest.lists.hostdev.map((hostdev) => hostdev.group));
  for (const nic of guest.lists.interface) {
    if (nic.type !== 'network' || nic.target === undefined || guest.host.networkForward(nic.target) !== 'hostdev') continue;
    while (used.has(next)) next -= 1;
    used.add(next);
    nic.group = next;
  }
}
