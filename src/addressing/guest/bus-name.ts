/**
 * What QEMU calls the buses of a guest.
 *
 * Rules: docs/addressing.md §16.
 */
import { attribute, childElement } from '../../xml/read.ts';
import { isPpc64, isS390, isX86 } from '../machine/class.ts';
import type { Device } from './device.ts';
import { controllersOf, type Guest } from './guest.ts';

/** Machines whose QEMU numbers its buses; the others have one called `pci`. */
function hasNumberedBuses(guest: Guest): boolean {
  return isX86(guest.arch) || isPpc64(guest.arch) || guest.arch === 'ppc' || isS390(guest.arch) || guest.machineClass.endsWith('-virt');
}

/** The bus of the controller with that index. */
export function busName(guest: Guest, bus: number): string {
  if (!hasNumberedBuses(guest)) return 'pci';
  const controller = controllersOf(guest, 'pci').find((c) => c.index === bus);
  if (controller === undefined) return `pci.${bus}`;
  const hostBridge = controller.model === 'pci-root' && (controller.settings.index ?? 0) > 0;
  // QEMU makes roots itself; what the definition calls them does not matter.
  if (controller.model === 'pcie-root') return `pcie.${bus}`;
  if (controller.model === 'pci-root' && !hostBridge) return `pci.${bus}`;
  const alias = userAlias(controller) ?? `pci.${bus}`;
  return hostBridge ? `${alias}.0` : alias;
}

/** The name that the definition gives a device; libvirt takes those that begin with `ua-`. */
export function userAlias(device: Device): string | undefined {
  const name = device.element === undefined ? undefined : attribute(childElement(device.element, 'alias'), 'name');
  return name?.startsWith('ua-') === true ? name : undefined;
}
