/**
 * QEMU's keys for where a device sits.
 *
 * Rules: docs/addressing.md §16.
 */
import type { Device } from '../addressing/guest/device.ts';
import { busName } from '../addressing/guest/bus-name.ts';
import type { Guest } from '../addressing/guest/guest.ts';
import { placeKeys } from './vfio.ts';
import type { DeviceObject } from './device-object.ts';
import { parseNumber } from '../pci/number.ts';
import { attribute, childElement } from '../xml/read.ts';

/** Address keys of a placed device on PCI or the channel subsystem; none for any other. */
export function addressKeys(guest: Guest, device: Device): DeviceObject {
  const { place } = device;
  if (place.type === 'ccw' && place.ccw !== undefined) return { devno: place.ccw };
  if (place.type !== 'pci') return {};
  const acpi = device.element === undefined ? undefined : parseNumber(attribute(childElement(device.element, 'acpi'), 'index') ?? '');
  return {
    ...placeKeys({
      bus: busName(guest, place.bus),
      slot: place.slot,
      function: place.function,
      multifunction: place.multifunction === undefined ? undefined : place.multifunction === 'on',
    }),
    ...(acpi === undefined ? {} : { 'acpi-index': acpi }),
  };
}
