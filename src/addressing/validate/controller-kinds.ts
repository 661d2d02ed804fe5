/**
 * Which PCI controllers a machine can have at all, looked at before there are buses.
 *
 * Rules: docs/addressing.md §15.
 */
import { childElements, descend } from '../../xml/read.ts';
import { BUS_MODELS } from '../buses/models.ts';
import type { Controller } from '../guest/device.ts';
import { controllersOf, does, type Guest } from '../guest/guest.ts';
import { implicitDevices } from '../machine/implicit.ts';
import { report } from './report.ts';

/** What is wrong, and what to do. */
type Fault = readonly [message: string, hint: string];

export function checkControllerKinds(guest: Guest): void {
  for (const controller of controllersOf(guest, 'pci')) {
    const faults = [wrongRoot(guest, controller), unreadableKind(controller), impossibleKind(guest, controller), missingNode(guest, controller)];
    for (const fault of faults) {
      if (fault === undefined) continue;
      report(guest, controller, { code: 'controller-invalid', message: fault[0], hint: fault[1], element: controller.element });
    }
  }
}

/** The root that the machine needs where the definition has another one. */
export function wrongRoot(guest: Guest, controller: Controller): Fault | undefined {
  const root = neededRoot(guest);
  if (root === undefined || controller.index !== 0 || controller.model === root) return undefined;
  return [`has model '${controller.model ?? 'none'}', but a ${guest.machine} guest has ${root}`, `write model='${root}', or leave the controller out`];
}

export function neededRoot(guest: Guest): string | undefined {
  return implicitDevices(guest).root;
}

const MAX_INDEX = 255;

/** A controller that is no known bus: nothing can be said about what is plugged into it. */
export function unreadableKind({ model, index }: Controller): Fault | undefined {
  // Looked at before the buses are made: a table of four thousand million buses is never finished.
  if (index > MAX_INDEX) return [`has index ${index}`, `indexes go from 0 to ${MAX_INDEX}`];
  if (model === undefined) return ['has no model', `write model='pci-bridge', 'pcie-root-port', …`];
  if (Object.hasOwn(BUS_MODELS, model)) return undefined;
  return [`has model '${model}', which libvirt does not know`, `write one of ${Object.keys(BUS_MODELS).join(', ')}`];
}

/** Controllers that hang below a pcie-root and nowhere else. */
const BELOW_PCIE_ROOT = new Set(['dmi-to-pci-bridge', 'pcie-to-pci-bridge', 'pcie-root-port', 'pcie-switch-upstream-port', 'pcie-switch-downstream-port']);

/** A known bus that this machine cannot have. */
export function impossibleKind(guest: Guest, { model, index }: Controller): Fault | undefined {
  const { machineClass } = guest;
  if ((machineClass === 'isapc' || guest.machine.startsWith('microvm')) && does(guest, 'pci-by-machine')) {
    return [`is a PCI controller, and ${guest.machine} has no PCI`, 'remove it, or choose another machine'];
  }
  if ((model === 'pci-root' || model === 'pcie-root') && index !== 0 && machineClass !== 'pseries') {
    return [`is a ${model}, which always has index 0`, "write index='0', or another model"];
  }
  if (model === 'pci-expander-bus' && machineClass !== 'i440fx') {
    return ['is a pci-expander-bus, which only i440fx guests have', 'use a pcie-expander-bus on q35 and virt'];
  }
  if (model === 'pcie-expander-bus' && machineClass !== 'q35' && machineClass !== 'arm-virt') {
    return ['is a pcie-expander-bus, which only q35 and Arm virt guests have', 'use a pci-expander-bus on i440fx'];
  }
  if (neededRoot(guest) === 'pci-root' && BELOW_PCIE_ROOT.has(model ?? '')) {
    return [
      `is a ${model}, which does not exist on ${machineClass === 'other' ? guest.machine : machineClass}`,
      'remove it: PCI is conventional there, pci-root takes devices itself, and a pci-bridge gives more slots',
    ];
  }
  return undefined;
}

function missingNode(guest: Guest, { given }: Controller): Fault | undefined {
  const numa = descend(guest.domain.document.root, 'cpu', 'numa');
  const cells = numa === undefined ? 0 : childElements(numa, 'cell').length;
  if (given.node === undefined || given.node < cells) return undefined;
  return [`is on NUMA node ${given.node}, but the guest has ${cells} NUMA cells`, 'choose a node that <cpu><numa> defines'];
}
