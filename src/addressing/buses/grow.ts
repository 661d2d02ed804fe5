/**
 * Adding buses for a device that finds no place: which controllers libvirt would add.
 *
 * Rules: docs/addressing.md §9.
 */
import { HostdevError } from '../../errors.ts';
import { type BusTable, describePlug, makeBus } from './table.ts';
import type { Need } from './needs.ts';

/**
 * Adds `count` buses for a device, or more where the first new one cannot carry it. Returns by how much the
 * bus number of the device moved: on a pure PCIe guest the first conventional bus needs a port of its own.
 */
export function addBuses(table: BusTable, count: number, need: Need, who: string): number {
  const { buses } = table;
  if (need.plug === 'express' || need.plug === 'pcie-switch-upstream-port' || (need.plug === 'pcie-to-pci-bridge' && table.addsPortsForBridges)) {
    for (let i = 0; i < count; i += 1) buses.push(makeBus('pcie-root-port'));
    return 0;
  }
  if (need.plug !== 'conventional') {
    throw new HostdevError('guest-address-none-left', `${who}: no bus of the guest has room for ${describePlug(need.plug)}`, {
      hint: 'remove controllers that are not used, or give it a bus by adding the controller it plugs into',
    });
  }
  if (table.pseries) {
    for (let i = 0; i < count; i += 1) buses.push(makeBus('pci-root'));
    return 0;
  }
  if (buses.some((bus) => bus.row.accepts.has('pci-bridge'))) {
    for (let i = 0; i < count; i += 1) buses.push(makeBus('pci-bridge'));
    return 0;
  }
  const moved = count === 1 ? 1 : 0;
  const total = count + moved;
  if (table.hasPcieToPciBridge) {
    buses.push(makeBus('pcie-root-port', { reservedFor: 'pcie-to-pci-bridge' }), makeBus('pcie-to-pci-bridge'));
    for (let i = 2; i < total; i += 1) buses.push(makeBus('pci-bridge'));
  } else {
    buses.push(makeBus('dmi-to-pci-bridge', { hotplug: false }));
    for (let i = 1; i < total; i += 1) buses.push(makeBus('pci-bridge'));
  }
  return moved;
}
