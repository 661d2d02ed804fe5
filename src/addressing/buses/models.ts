/**
 * Buses by the model of the controller that provides them: one row a model.
 *
 * Rules: docs/addressing.md §8.
 */
import { wordTable } from '../../word-table.ts';

/** What can be plugged into a PCI bus. */
export type Plug =
  | 'conventional'
  | 'express'
  | 'pci-bridge'
  | 'pci-expander-bus'
  | 'dmi-to-pci-bridge'
  | 'pcie-to-pci-bridge'
  | 'pcie-root-port'
  | 'pcie-switch-upstream-port'
  | 'pcie-switch-downstream-port'
  | 'pcie-expander-bus';

export interface BusModel {
  readonly firstSlot: number;
  readonly lastSlot: number;
  readonly accepts: ReadonlySet<Plug>;
  /** Whether a search may put an endpoint here; if not, only an address in the definition can. */
  readonly freePlacement: boolean;
  readonly hotplug: boolean;
}

const CONVENTIONAL: readonly Plug[] = ['conventional', 'pci-bridge'];
const PORT: readonly Plug[] = ['express', 'pcie-switch-upstream-port', 'pcie-to-pci-bridge'];

/** Whether the search may use it, and whether devices can be plugged in while the guest runs: both, or neither. */
type Use = 'free and hotplug' | 'fixed only';

const row = (firstSlot: number, lastSlot: number, accepts: readonly Plug[], use: Use): BusModel => ({
  firstSlot,
  lastSlot,
  accepts: new Set(accepts),
  freePlacement: use === 'free and hotplug',
  hotplug: use === 'free and hotplug',
});

/** Source: libvirt formatdomain, "Controllers", and the behaviour of libvirt 11.3. */
export const BUS_MODELS = wordTable<BusModel>({
  'pci-root': row(1, 31, [...CONVENTIONAL, 'pci-expander-bus'], 'free and hotplug'),
  'pcie-root': row(1, 31, ['express', 'pcie-root-port', 'dmi-to-pci-bridge', 'pcie-expander-bus'], 'fixed only'),
  'pci-bridge': row(1, 31, CONVENTIONAL, 'free and hotplug'),
  'pci-expander-bus': row(0, 31, CONVENTIONAL, 'free and hotplug'),
  'dmi-to-pci-bridge': row(0, 31, CONVENTIONAL, 'fixed only'),
  'pcie-to-pci-bridge': row(1, 31, CONVENTIONAL, 'free and hotplug'),
  'pcie-root-port': row(0, 0, PORT, 'free and hotplug'),
  'pcie-switch-downstream-port': row(0, 0, PORT, 'free and hotplug'),
  'pcie-switch-upstream-port': row(0, 31, ['pcie-switch-downstream-port'], 'fixed only'),
  'pcie-expander-bus': row(0, 31, ['pcie-root-port', 'dmi-to-pci-bridge'], 'fixed only'),
});

/** How a controller of a model is itself plugged in; undefined for a root, which is not. */
export function plugOfModel(model: string | undefined): Plug | undefined {
  return model === undefined || model === 'pci-root' || model === 'pcie-root' || !Object.hasOwn(BUS_MODELS, model) ? undefined : (model as Plug);
}

export function isEndpoint(plug: Plug): boolean {
  return plug === 'conventional' || plug === 'express';
}
