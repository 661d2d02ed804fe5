/**
 * What libvirt stores without a word and refuses when the guest is started.
 *
 * Rules: docs/addressing.md §15.
 */
import { attribute, childElement, childElements } from '../../xml/read.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { isVfioName } from '../../pci/vfio-name.ts';
import { type Controller, type Device, isPresent } from '../guest/device.ts';
import { controllersOf, does, type Guest, visitAll } from '../guest/guest.ts';
import { checkIommusAtStart } from './iommu.ts';
import { checkIommufdAtStart } from './iommufd.ts';
import { checkUsbOfferedAtStart } from './offered.ts';
import { report } from './report.ts';
import { checkHostdevInterface, checkVirtualFunction } from './start-interface.ts';

export function checkStart(guest: Guest): void {
  for (const shmem of guest.lists.shmem) {
    if (shmem.place.type !== undefined && shmem.place.type !== 'pci') {
      report(guest, shmem, {
        code: 'guest-address-type',
        message: `has an address of type ${shmem.place.type}`,
        hint: 'its address is of type pci; leave it out',
      });
    }
  }
  for (const device of visitAll(guest)) checkTransitional(guest, device);
  for (const controller of controllersOf(guest, 'pci')) checkParentFirst(guest, controller);
  for (const usb of controllersOf(guest, 'usb')) {
    if (usb.model === undefined && !isStartedWithoutModel(guest)) {
      report(guest, usb, {
        code: 'device-unsupported',
        message: 'has no model, and this QEMU has no default one',
        hint: "write model='qemu-xhci', or model='none'",
        element: usb.element,
      });
    }
  }
  checkUsbOfferedAtStart(guest);
  checkIommufdAtStart(guest);
  checkIommusAtStart(guest);
  for (const nic of guest.lists.interface) if (nic.type === 'hostdev') checkHostdevInterface(guest, nic);
  for (const hostdev of guest.lists.hostdev) if (hostdev.hostdev?.type === 'pci') checkOnHost(guest, hostdev);
  checkZpciCpu(guest);
  checkSecureExecution(guest);
}

/** Whether a USB controller for which QEMU has no default model keeps a guest from being started. */
function isStartedWithoutModel(guest: Guest): boolean {
  // On IBM Z libvirt leaves such a controller out of QEMU's arguments.
  if (guest.machineClass === 's390-ccw') return true;
  return !does(guest, 'usb-needs-model') && !['q35', 'arm-virt', 'riscv-virt', 'loongarch-virt'].includes(guest.machineClass);
}

/** QEMU gets PCI controllers by index, and wants a bus to be there before what is plugged into it ("Bus 'pci.3' not found", seen of QEMU 7.2 to 11.1). */
function checkParentFirst(guest: Guest, controller: Controller): void {
  const { index, place } = controller;
  if (!isPresent(place) || place.bus <= index) return;
  report(guest, controller, {
    code: 'controller-invalid',
    message: `is plugged into controller ${place.bus}, which QEMU makes after it`,
    hint: 'give the one that is plugged in the higher index',
    element: controller.element,
  });
}

function checkTransitional(guest: Guest, device: Device): void {
  if (device.model !== 'virtio-transitional' && device.model !== 'virtio-non-transitional') return;
  const { type } = device.place;
  if (device.kind === 'input' || type === undefined || type === 'pci') return;
  report(guest, device, {
    code: 'virtio-model',
    message: `has model ${device.model}, but its address is not PCI`,
    hint: "write model='virtio', or an address of type pci",
  });
}

/** The function as this host has it. */
function checkOnHost(guest: Guest, hostdev: Device): void {
  const key = hostdev.hostdev?.key;
  if (guest.host.known !== true || key === undefined) return;
  const facts = guest.host.pciFunction(parsePciAddress(key));
  const { element } = hostdev;
  if (facts === undefined) {
    report(guest, hostdev, { code: 'function-unknown', severity: 'warning', message: 'is not on this host', hint: 'the guest will not start here', element });
    return;
  }
  const managed = attribute(element, 'managed') === 'yes';
  if (!managed && !isVfioName(facts.driver ?? '')) {
    report(guest, hostdev, {
      code: 'function-not-prepared',
      message: `is with ${facts.driver ?? 'no driver'}, and managed is not 'yes'`,
      hint: `run 'hostdev prepare ${key}' before the start, or write managed='yes'`,
      element,
    });
  }
  for (const { code, severity, what, hint, guests } of facts.refusals ?? []) {
    // A definition of a guest that runs has what that guest holds.
    if (guests.length > 0 && guests.every((name) => name === guest.domain.name)) continue;
    report(guest, hostdev, { code, severity, message: what, hint, element });
  }
  if (hostdev.interface !== undefined) checkVirtualFunction(guest, hostdev, facts);
}

/** A guest's kernel sees PCI functions only if its CPU has the zpci facility. */
function checkZpciCpu(guest: Guest): void {
  if (guest.machineClass !== 's390-ccw') return;
  const hostdev = guest.lists.hostdev.find((h) => h.hostdev?.type === 'pci');
  const cpu = childElement(guest.domain.document.root, 'cpu');
  if (hostdev === undefined || cpu === undefined) return;
  const feature = childElements(cpu, 'feature').find((f) => attribute(f, 'name') === 'zpci');
  const policy = attribute(feature, 'policy');
  if (policy === 'disable' || policy === 'forbid') {
    report(guest, hostdev, {
      code: 'cpu-without-zpci',
      message: "cannot be seen: the guest's CPU has zpci switched off",
      hint: "remove <feature policy='disable' name='zpci'/>",
      element: feature,
    });
  }
}

function checkSecureExecution(guest: Guest): void {
  const security = childElement(guest.domain.document.root, 'launchSecurity');
  if (attribute(security, 'type') !== 's390-pv') return;
  for (const hostdev of guest.lists.hostdev) {
    if (hostdev.hostdev?.type !== 'pci') continue;
    report(guest, hostdev, {
      code: 'secure-execution',
      message: 'cannot be given to a guest under Secure Execution',
      hint: 'remove it, or <launchSecurity>',
      element: hostdev.element,
    });
  }
}
