/**
 * QEMU's objects of PCI controllers: one row a model.
 *
 * Rules: docs/addressing.md §16.
 */
import type { Controller } from '../addressing/guest/device.ts';
import type { Guest } from '../addressing/guest/guest.ts';
import type { Aliases } from './aliases.ts';
import { addressKeys } from './bus-names.ts';
import type { DeviceObject } from './device-object.ts';
import { wordTable } from '../word-table.ts';

type Keys = (controller: Controller) => { readonly before: DeviceObject; readonly after: DeviceObject };

const node = ({ settings }: Controller): DeviceObject => (settings.node === undefined ? {} : { numa_node: settings.node });
const reserve = ({ settings }: Controller): DeviceObject => (settings.memReserve === undefined ? {} : { 'mem-reserve': settings.memReserve * 1024 });
const hotplug = ({ settings }: Controller): DeviceObject => (settings.hotplug === undefined ? {} : { hotplug: settings.hotplug === 'on' });
const port: Keys = (c) => ({ before: { port: c.settings.port ?? 0, chassis: c.settings.chassis ?? 0 }, after: { ...hotplug(c), ...reserve(c) } });
const expander: Keys = (c) => ({ before: { bus_nr: c.settings.busNr ?? 0 }, after: node(c) });
const plain: Keys = () => ({ before: {}, after: {} });

/** Keys before and behind the id, in libvirt's order. */
const ROWS = wordTable<Keys>({
  'pci-bridge': (c) => ({ before: { chassis_nr: c.settings.chassisNr ?? 0, ...reserve(c) }, after: {} }),
  'pci-expander-bus': expander,
  'pcie-expander-bus': expander,
  'dmi-to-pci-bridge': plain,
  'pcie-to-pci-bridge': plain,
  'pcie-switch-upstream-port': plain,
  'pcie-root-port': port,
  'pcie-switch-downstream-port': port,
});

/** The object of a controller; undefined for roots, which the machine brings along. */
export function controllerObject(guest: Guest, aliases: Aliases, controller: Controller): DeviceObject | undefined {
  const id = aliases.get(controller) ?? '';
  if (controller.model === 'pci-root') {
    const target = controller.settings.index ?? 0;
    if (target === 0) return undefined;
    return { driver: 'spapr-pci-host-bridge', index: target, ...reserve(controller), id, ...node(controller) };
  }
  const keys = ROWS[controller.model ?? '']?.(controller);
  if (keys === undefined) return undefined;
  return { driver: controller.settings.modelName ?? '', ...keys.before, id, ...keys.after, ...addressKeys(guest, controller) };
}
