/**
 * What libvirt refuses before it looks for addresses.
 *
 * Rules: docs/addressing.md §15.
 */
import { childElements, descend } from '../../xml/read.ts';
import { type Controller, type Device, isController } from '../guest/device.ts';
import { controllers, controllersOf, type Guest } from '../guest/guest.ts';
import { BUS_MODELS } from '../buses/models.ts';
import { implicitDevices } from '../machine/implicit.ts';
import { report } from './report.ts';

export function checkPostParse(guest: Guest): void {
  checkRoot(guest);
  for (const controller of controllersOf(guest, 'pci')) checkPciController(guest, controller);
  checkDuplicates(guest);
  checkUsb(guest);
  checkPanics(guest);
  for (const hostdev of guest.lists.hostdev) checkMdevAddress(guest, hostdev);
}

function checkRoot(guest: Guest): void {
  const { root } = implicitDevices(guest);
  const zero = controllersOf(guest, 'pci').find((c) => c.index === 0);
  if (root === undefined || zero === undefined || zero.model === root) return;
  report(guest, zero, {
    code: 'controller-invalid',
    message: `has model '${zero.model ?? 'none'}', but a ${guest.machine} guest has ${root}`,
    hint: `write model='${root}', or leave the controller out`,
    element: zero.element,
  });
}

const MAX_INDEX = 255;

function checkPciController(guest: Guest, controller: Controller): void {
  const { model, index, given, element } = controller;
  const refuse = (message: string, hint: string): void => report(guest, controller, { code: 'controller-invalid', message, hint, element });
  // Looked at before the buses are made: a table of four thousand million buses is never finished.
  if (index > MAX_INDEX) refuse(`has index ${index}`, `indexes go from 0 to ${MAX_INDEX}`);
  if (model === undefined) refuse('has no model', `write model='pci-bridge', 'pcie-root-port', …`);
  else if (!Object.hasOwn(BUS_MODELS, model)) refuse(`has model '${model}', which libvirt does not know`, `write one of ${Object.keys(BUS_MODELS).join(', ')}`);
  if ((model === 'pci-root' || model === 'pcie-root') && index !== 0 && guest.machineClass !== 'pseries') {
    refuse(`is a ${model}, which always has index 0`, "write index='0', or another model");
  }
  if (model === 'pci-expander-bus' && guest.machineClass !== 'i440fx') {
    refuse('is a pci-expander-bus, which only i440fx guests have', 'use a pcie-expander-bus on q35 and virt');
  }
  if (model === 'pcie-expander-bus' && guest.machineClass !== 'q35' && guest.machineClass !== 'arm-virt') {
    refuse('is a pcie-expander-bus, which only q35 and Arm virt guests have', 'use a pci-expander-bus on i440fx');
  }
  const cells = numaCells(guest);
  if (given.node !== undefined && given.node >= cells) {
    refuse(`is on NUMA node ${given.node}, but the guest has ${cells} NUMA cells`, 'choose a node that <cpu><numa> defines');
  }
}

function numaCells(guest: Guest): number {
  const numa = descend(guest.domain.document.root, 'cpu', 'numa');
  return numa === undefined ? 0 : childElements(numa, 'cell').length;
}

/** The parts of an ICH9 set share one index with their master; no others may. */
function checkDuplicates(guest: Guest): void {
  const seen = new Set<string>();
  for (const controller of controllers(guest)) {
    const key = `${controller.type} ${controller.index}`;
    if (controller.master !== undefined) continue;
    if (seen.has(key)) {
      report(guest, controller, {
        code: 'controller-duplicate',
        message: 'has an index that another controller of its type has',
        hint: 'give one of them another index, or leave it out',
        element: controller.element,
      });
    }
    seen.add(key);
  }
}

const MAX_XHCI_PORTS = 15;

function checkUsb(guest: Guest): void {
  const usb = controllersOf(guest, 'usb');
  const none = usb.find((c) => c.model === 'none');
  if (none !== undefined && usb.length > 1) {
    report(guest, none, {
      code: 'controller-invalid',
      message: 'says that there is no USB, but there are other USB controllers',
      hint: "remove the controller with model='none', or the others",
      element: none.element,
    });
  }
  for (const controller of usb) {
    if ((controller.model === 'qemu-xhci' || controller.model === 'nec-xhci') && (controller.ports ?? 0) > MAX_XHCI_PORTS) {
      report(guest, controller, {
        code: 'controller-invalid',
        message: `has ${controller.ports} ports`,
        hint: `an xHCI controller has at most ${MAX_XHCI_PORTS}`,
        element: controller.element,
      });
    }
  }
  // libvirt looks no closer than this: any other USB controller passes for the master.
  const companion = usb.find((c) => c.element !== undefined);
  if (companion !== undefined && usb.every((c) => c.element === undefined || c.master !== undefined)) {
    report(guest, companion, {
      code: 'controller-invalid',
      message: 'is a USB companion, and there is no controller that is none',
      hint: `add <controller type='usb' index='${companion.index}' model='ich9-ehci1'/>`,
      element: companion.element,
    });
  }
}

function checkPanics(guest: Guest): void {
  const seen = new Set<string>();
  for (const panic of guest.lists.panic) {
    const model = panic.model ?? '';
    if (seen.has(model)) {
      report(guest, panic, { code: 'hostdev-invalid', message: 'is there twice', hint: 'a guest has one panic device of each model', element: panic.element });
    }
    seen.add(model);
  }
}

/** The address type each kind of mediated device can have. */
const MDEV_ADDRESS: Readonly<Record<string, string>> = { 'vfio-pci': 'pci', 'vfio-ccw': 'ccw' };

function checkMdevAddress(guest: Guest, hostdev: Device): void {
  if (hostdev.hostdev?.type !== 'mdev' || isController(hostdev)) return;
  const { type } = hostdev.place;
  const model = hostdev.model ?? '';
  const wanted = Object.hasOwn(MDEV_ADDRESS, model) ? MDEV_ADDRESS[model] : undefined;
  if (type === undefined || type === 'unassigned' || wanted === undefined || type === wanted) return;
  report(guest, hostdev, {
    code: 'mdev-invalid',
    message: `of model ${hostdev.model} has an address of type ${type}`,
    hint: `its address is of type ${wanted}; leave it out to have one generated`,
  });
}
