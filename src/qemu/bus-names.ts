/**
 * What QEMU calls the buses of a guest.
 *
 * Rules: docs/addressing.md §16.
 */
import type { Device } from '../addressing/guest/device.ts';
import { controllersOf, type Guest } from '../addressing/guest/guest.ts';
import { isPpc64, isS390, isX86 } from '../addressing/machine/class.ts';
import type { Aliases } from './aliases.ts';
import { placeKeys } from './vfio.ts';
import type { DeviceObject } from './device-object.ts';
import { parseNumber } from '../pci/number.ts';
import { attribute, childElement } from '../xml/read.ts';

/** Machines whose QEMU numbers its buses; the others have one called `pci`. */
function hasNumberedBuses(guest: Guest): boolean {
  return isX86(guest.arch) || isPpc64(guest.arch) || guest.arch === 'ppc' || isS390(guest.arch) || guest.machineClass.endsWith('-virt');
}

function busName(guest: Guest, aliases: Aliases, bus: number): string {
  if (!hasNumberedBuses(guest)) return 'pci';
  const controller = controllersOf(guest, 'pci').find((c) => c.index === bus);
  if (controller === undefined) return `pci.${bus}`;
  const hostBridge = controller.model === 'pci-root' && (controller.settings.index ?? 0) > 0;
  // QEMU makes roots itself; what the definition calls them does not matter.
  if (controller.model === 'pcie-root') return `pcie.${bus}`;
  if (controller.model === 'pci-root' && !hostBridge) return `pci.${bus}`;
  const alias = aliases.get(controller) ?? `pci.${bus}`;
  return hostBridge ? `${alias}.0` : alias;
}

/** Address keys of a placed device on PCI or the channel subsystem; none for any other. */
export function addressKeys(guest: Guest, aliases: Aliases, device: Device): DeviceObject {
  const { place } = device;
  if (place.type === 'ccw' && place.ccw !== undefined) return { devno: place.ccw };
  if (place.type !== 'pci') return {};
  const acpi = device.element === undefined ? undefined : parseNumber(attribute(childElement(device.element, 'acpi'), 'index') ?? '');
  return {
    ...placeKeys({
      bus: busName(guest, aliases, place.bus),
      slot: place.slot,
      function: place.function,
      multifunction: place.multifunction === undefined ? undefined : place.multifunction === 'on',
    }),
    ...(acpi === undefined ? {} : { 'acpi-index': acpi }),
  };
}
