/**
 * Which buses take a device while the guest runs.
 *
 * Rules: docs/addressing.md §14.
 */
import { descend } from '../../xml/read.ts';
import type { Controller } from '../guest/device.ts';
import type { Guest } from '../guest/guest.ts';
import { BUS_MODELS } from './models.ts';

/**
 * Whether a device can be plugged into a bus. libvirt asks for the model and the setting only; QEMU refuses two more ("does not support
 * hotplugging", seen of QEMU 7.2, 10.0 and 11.1): the root of i440fx tells the guest through ACPI, and an expander cannot tell it at all.
 */
export function takesWhileRunning(guest: Guest, { model = 'pci-root', index, settings }: Controller): boolean {
  const row = Object.hasOwn(BUS_MODELS, model) ? BUS_MODELS[model] : undefined;
  if (row?.hotplug !== true || settings.hotplug === 'off' || model === 'pci-expander-bus') return false;
  return guest.machineClass !== 'i440fx' || index !== 0 || descend(guest.domain.document.root, 'features', 'acpi') !== undefined;
}
