/**
 * What libvirt refuses before it looks for addresses.
 *
 * Rules: docs/addressing.md §15.
 */
import { attribute } from '../../xml/read.ts';
import { type Device, isController } from '../guest/device.ts';
import { controllers, controllersOf, type Guest } from '../guest/guest.ts';
import { checkControllerKinds } from './controller-kinds.ts';
import { checkMachine } from './machine.ts';
import { report } from './report.ts';
import { wordTable } from '../../word-table.ts';

export function checkPostParse(guest: Guest): void {
  checkMachine(guest);
  checkControllerKinds(guest);
  checkDuplicates(guest);
  checkUsb(guest);
  checkPanics(guest);
  for (const hostdev of guest.lists.hostdev) checkMdevAddress(guest, hostdev);
}

/** The parts of an ICH9 set share one index with their master; no others may. */
function checkDuplicates(guest: Guest): void {
  const seen = new Set<string>();
  for (const controller of controllers(guest)) {
    const key = `${controller.type} ${controller.index}`;
    // A USB controller of model none is the absence of one.
    if (controller.master !== undefined || (controller.type === 'usb' && controller.model === 'none')) continue;
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
  // libvirt looks at those of the definition only, before it adds its own.
  const written = usb.filter((c) => c.element !== undefined);
  const none = written.find((c) => attribute(c.element, 'model') === 'none');
  if (none !== undefined && written.length > 1) {
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
const MDEV_ADDRESS = wordTable<string>({ 'vfio-pci': 'pci', 'vfio-ccw': 'ccw' });

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
