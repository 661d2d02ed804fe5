/**
 * What a PCI controller may say: one row an attribute. Source: libvirt formatdomain, "Controllers".
 *
 * Rules: docs/addressing.md §15.
 */
import type { Controller, ControllerTarget } from '../guest/device.ts';
import { controllersOf, type Guest, has } from '../guest/guest.ts';
import { report } from './report.ts';
import { wordTable } from '../../word-table.ts';

export function checkPciControllers(guest: Guest): void {
  for (const controller of controllersOf(guest, 'pci')) checkController(guest, controller);
}

/** Names QEMU has for each model, and the capability that says it has them. */
const MODEL_NAMES = wordTable<readonly (readonly [name: string, flag: string])[]>({
  'pci-root': [['spapr-pci-host-bridge', 'spapr-pci-host-bridge']],
  'pcie-root': [],
  'pci-bridge': [['pci-bridge', 'pci-bridge']],
  'dmi-to-pci-bridge': [['i82801b11-bridge', 'dmi-to-pci-bridge']],
  'pcie-to-pci-bridge': [['pcie-pci-bridge', 'pcie-pci-bridge']],
  'pcie-root-port': [
    ['pcie-root-port', 'pcie-root-port'],
    ['ioh3420', 'ioh3420'],
  ],
  'pcie-switch-upstream-port': [['x3130-upstream', 'x3130-upstream']],
  'pcie-switch-downstream-port': [['xio3130-downstream', 'xio3130-downstream']],
  'pci-expander-bus': [['pxb', 'pxb']],
  'pcie-expander-bus': [['pxb-pcie', 'pxb-pcie']],
});

interface Row {
  readonly models: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

const PORTS = ['pcie-root-port', 'pcie-switch-downstream-port'];
const EXPANDERS = ['pci-expander-bus', 'pcie-expander-bus'];

/** Which models may have each setting, and its range. Settings are complete when this is looked at. */
const SETTINGS: Readonly<Record<Exclude<keyof ControllerTarget, 'modelName'>, Row>> = {
  chassisNr: { models: ['pci-bridge'], min: 1, max: 255 },
  chassis: { models: PORTS, min: 0, max: 255 },
  port: { models: PORTS, min: 0, max: 255 },
  busNr: { models: EXPANDERS, min: 1, max: 254 },
  index: { models: ['pci-root'], min: 0, max: 30 },
  node: { models: [...EXPANDERS, 'pci-root'] },
  hotplug: { models: ['pci-root', ...PORTS] },
  memReserve: { models: ['pcie-root-port', 'pci-bridge'] },
};

function checkController(guest: Guest, controller: Controller): void {
  const { index, settings, given, element } = controller;
  const model = controller.model ?? '';
  const isRoot = model === 'pci-root' || model === 'pcie-root';
  const isHostBridge = model === 'pci-root' && guest.machineClass === 'pseries';
  const refuse = (message: string, hint: string): void => report(guest, controller, { code: 'controller-invalid', message, hint, element });

  if (index === 0 && !isRoot && model !== '') refuse(`is a ${model} with index 0`, 'index 0 is the root');
  if (isRoot && controller.place.type !== undefined) refuse('is a root and has an address', 'remove its <address>; a root is not plugged in anywhere');
  checkModelName(guest, controller, refuse);
  for (const [name, row] of Object.entries(SETTINGS) as [keyof typeof SETTINGS, Row][]) {
    const value = settings[name];
    if (value === undefined) continue;
    if (!row.models.includes(model)) refuse(`has ${name}, which a ${model} cannot have`, `remove ${name} from its <target>`);
    else if (typeof value === 'number' && (value < (row.min ?? 0) || value > (row.max ?? Number.MAX_SAFE_INTEGER))) {
      refuse(`has ${name} ${value}`, `${name} goes from ${row.min} to ${row.max}`);
    }
  }
  if (given.index !== undefined && !isHostBridge) refuse('has a target index', 'only host bridges of pSeries guests have one');
  if (isHostBridge && given.index !== undefined && (given.index === 0) !== (index === 0)) {
    refuse(`has index ${index} and target index ${given.index}`, 'target index 0 belongs to controller 0 and to no other');
  }
  if (given.node !== undefined && index === 0) refuse('is on a NUMA node', 'the root belongs to no NUMA node; use an expander bus or another host bridge');
  if (given.node !== undefined && isHostBridge && !has(guest, 'spapr-pci-host-bridge.numa_node'))
    refuse('is on a NUMA node', 'this QEMU has no NUMA nodes for host bridges');
  if (given.hotplug !== undefined) checkHotplug(guest, controller, refuse);
}

type Refuse = (message: string, hint: string) => void;

function checkModelName(guest: Guest, controller: Controller, refuse: Refuse): void {
  const { modelName } = controller.settings;
  if (modelName === undefined) return;
  const names =
    controller.model === 'pci-root' && guest.machineClass !== 'pseries'
      ? []
      : Object.hasOwn(MODEL_NAMES, controller.model ?? '')
        ? (MODEL_NAMES[controller.model ?? ''] ?? [])
        : [];
  const known = names.find(([name]) => name === modelName);
  if (known === undefined) {
    refuse(
      `has model name '${modelName}'`,
      names.length === 0 ? 'remove its <model>; a root has none' : `a ${controller.model} is ${names.map(([name]) => name).join(' or ')}`,
    );
  } else if (!has(guest, known[1])) refuse(`needs ${modelName}, which this QEMU does not have`, 'use a QEMU that has it, or another controller');
}

function checkHotplug(guest: Guest, controller: Controller, refuse: Refuse): void {
  const flag = controller.model === 'pci-root' ? 'piix4.acpi-root-pci-hotplug' : 'pcie-root-port.hotplug';
  if (SETTINGS.hotplug.models.includes(controller.model ?? '') && !has(guest, flag)) {
    refuse('says whether there is hot-plug', 'this QEMU cannot switch it; remove hotplug from its <target>');
  }
}
