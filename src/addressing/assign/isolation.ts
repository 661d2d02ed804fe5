/**
 * pSeries: functions of different IOMMU groups must not share a host bridge.
 *
 * Rules: docs/addressing.md §11.
 */
import { parsePciAddress } from '../../pci/notation.ts';
import type { Guest } from '../guest/guest.ts';

const HIGHEST = 0xffff_ffff;

/** Gives each device its isolation group; 0 everywhere but on pSeries. */
export function assignGroups(guest: Guest): void {
  if (guest.machineClass !== 'pseries') return;
  for (const hostdev of guest.lists.hostdev) {
    if (hostdev.hostdev?.type !== 'pci' || hostdev.hostdev.key === undefined) continue;
    const group = guest.host.pciFunction(parsePciAddress(hostdev.hostdev.key))?.iommuGroup;
    hostdev.group = group === undefined ? 0 : group + 1;
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
