/**
 * QEMU's objects that say which NUMA cells a PCI function of the host is near.
 *
 * Rules: docs/addressing.md §16.
 */
import { parseCells } from '../addressing/guest/acpi.ts';
import type { Device } from '../addressing/guest/device.ts';
import { does, type Guest } from '../addressing/guest/guest.ts';
import { attribute, childElement } from '../xml/read.ts';
import type { DeviceObject } from './device-object.ts';

/** One for each cell of each function, numbered over the guest (libvirt counts on over all guests of a daemon); `functions` are the host's PCI functions in QEMU's order, with their ids. */
export function initiatorObjects(guest: Guest, functions: readonly (readonly [device: Device, id: string])[]): DeviceObject[] {
  if (!does(guest, 'acpi-nodeset')) return [];
  const cells = functions.flatMap(([{ element }, id]) => {
    const nodeset = element === undefined ? undefined : attribute(childElement(element, 'acpi'), 'nodeset');
    return (nodeset === undefined ? [] : (parseCells(nodeset) ?? [])).map((node) => ({ id, node }));
  });
  return cells.map(({ id, node }, i) => ({ 'qom-type': 'acpi-generic-initiator', id: `gi${i}`, 'pci-dev': id, node }));
}
