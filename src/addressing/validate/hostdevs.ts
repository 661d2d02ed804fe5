/**
 * What a host device may say. Source: libvirt formatdomain, "Host device assignment", and the behaviour of libvirt 11.3.
 *
 * Rules: docs/addressing.md §15.
 */
import { attribute, childElement } from '../../xml/read.ts';
import type { XmlElement } from '../../xml/tree.ts';
import type { Device } from '../guest/device.ts';
import { type Guest, has } from '../guest/guest.ts';
import { report } from './report.ts';

export function checkHostdevs(guest: Guest): void {
  checkDuplicates(guest);
  checkOnlyOne(guest);
  for (const hostdev of guest.lists.hostdev) {
    const { element } = hostdev;
    if (element === undefined) continue;
    for (const check of CHECKS) check(guest, hostdev, element);
  }
  for (const device of Object.values(guest.lists).flat()) {
    if (device.kind !== 'hostdev' && device.place.type === 'unassigned' && !guest.lists.hostdev.some((h) => h.place === device.place)) {
      report(guest, device, { code: 'guest-address-type', message: "has an address of type 'unassigned'", hint: 'only host devices can be left unassigned' });
    }
  }
}

type Check = (guest: Guest, hostdev: Device, element: XmlElement) => void;

const CHECKS: readonly Check[] = [checkAddressType, checkMode, checkSource, checkDriver, checkDisplay, checkBoot, checkTeaming, checkRom];

function checkDuplicates(guest: Guest): void {
  const seen = new Set<string>();
  for (const hostdev of guest.lists.hostdev) {
    const { type, key } = hostdev.hostdev ?? {};
    if (key === undefined || (type !== 'pci' && type !== 'mdev')) continue;
    const id = `${type} ${key}`;
    if (seen.has(id)) {
      report(guest, hostdev, { code: 'hostdev-duplicate', message: 'is given to the guest twice', hint: 'remove one of the two', element: hostdev.element });
    }
    seen.add(id);
  }
}

/** Things of which a guest can have one. */
function checkOnlyOne(guest: Guest): void {
  const ramfb = guest.lists.hostdev.filter((h) => attribute(h.element, 'ramfb') === 'on');
  if (ramfb[1] !== undefined) {
    report(guest, ramfb[1], {
      code: 'hostdev-invalid',
      message: 'is a second device with ramfb',
      hint: "leave ramfb='on' with one device",
      element: ramfb[1].element,
    });
  }
  const ap = guest.lists.hostdev.filter((h) => h.hostdev?.type === 'mdev' && h.model === 'vfio-ap');
  if (ap[1] !== undefined) {
    report(guest, ap[1], { code: 'hostdev-invalid', message: 'is a second device of model vfio-ap', hint: 'a guest has at most one', element: ap[1].element });
  }
}

/** Address types each kind of host device can have. */
const ADDRESS_TYPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['pci', ['pci', 'unassigned']],
  ['scsi_host', ['pci', 'ccw']],
]);

function checkAddressType(guest: Guest, hostdev: Device): void {
  const allowed = ADDRESS_TYPES.get(hostdev.hostdev?.type ?? '');
  const { type } = hostdev.place;
  if (type === undefined || allowed === undefined || allowed.includes(type)) return;
  report(guest, hostdev, {
    code: 'guest-address-type',
    message: `has an address of type ${type}`,
    hint: `it can be of type ${allowed.join(' or ')}; leave it out to have one generated`,
  });
}

function checkMode(guest: Guest, hostdev: Device, element: XmlElement): void {
  if (element.name === 'hostdev' && attribute(element, 'mode') === 'capabilities') {
    report(guest, hostdev, {
      code: 'hostdev-invalid',
      message: 'has mode capabilities, which QEMU guests do not have',
      hint: "write mode='subsystem'",
      element,
    });
  }
}

function checkSource(guest: Guest, hostdev: Device, element: XmlElement): void {
  const source = childElement(element, 'source');
  const { type, key } = hostdev.hostdev ?? {};
  if (type === '' || type === undefined) {
    report(guest, hostdev, { code: 'source-invalid', message: 'has no type', hint: "write type='pci'", element });
  }
  if (type === 'pci' && key === undefined) {
    report(guest, hostdev, {
      code: 'source-invalid',
      message: 'does not say which function of the host it is',
      hint: "write <source><address domain='0x0002' bus='0x00' slot='0x00' function='0x0'/></source>",
      element,
    });
  }
  if (type === 'mdev' && (key === undefined || key === '')) {
    report(guest, hostdev, { code: 'mdev-invalid', message: 'has no uuid', hint: "write <source><address uuid='…'/></source>", element: source ?? element });
  }
  if (attribute(source, 'writeFiltering') !== undefined) {
    report(guest, hostdev, { code: 'hostdev-invalid', message: 'has writeFiltering, which QEMU guests do not have', hint: 'remove it', element: source });
  }
}

function checkDriver(guest: Guest, hostdev: Device, element: XmlElement): void {
  if (hostdev.hostdev?.type !== 'pci') return;
  const name = attribute(childElement(element, 'driver'), 'name');
  if (name === 'kvm' || name === 'xen') {
    report(guest, hostdev, {
      code: 'hostdev-invalid',
      message: `has driver '${name}', which libvirt does not support for QEMU`,
      hint: "write <driver name='vfio'/> or leave it out",
      element,
    });
  }
  if (name === 'vfio' && !has(guest, 'vfio-pci')) {
    report(guest, hostdev, { code: 'hostdev-invalid', message: 'needs vfio-pci, which this QEMU does not have', hint: 'use a QEMU with vfio-pci', element });
  }
}

function checkDisplay(guest: Guest, hostdev: Device, element: XmlElement): void {
  const display = attribute(element, 'display');
  if (display === 'on' && guest.domain.devices !== undefined && childElement(guest.domain.devices, 'graphics') === undefined) {
    report(guest, hostdev, { code: 'hostdev-invalid', message: 'has display, but the guest has no graphics', hint: 'add <graphics …/>', element });
  }
  if (attribute(element, 'ramfb') === 'on' && display !== 'on') {
    report(guest, hostdev, { code: 'hostdev-invalid', message: 'has ramfb without display', hint: "add display='on'", element });
  }
}

function checkBoot(guest: Guest, hostdev: Device, element: XmlElement): void {
  if (childElement(element, 'boot') === undefined) return;
  const { type } = hostdev.hostdev ?? {};
  const noBoot = type === 'scsi_host' || (type === 'mdev' && (hostdev.model === 'vfio-pci' || hostdev.model === 'vfio-ap'));
  if (noBoot)
    report(guest, hostdev, {
      code: 'hostdev-invalid',
      message: 'has a boot order, but no guest can boot from it',
      hint: 'remove <boot>',
      element: childElement(element, 'boot'),
    });
}

function checkTeaming(guest: Guest, hostdev: Device, element: XmlElement): void {
  const teaming = childElement(element, 'teaming');
  if (teaming === undefined) return;
  const refuse = (message: string, hint: string): void => report(guest, hostdev, { code: 'hostdev-invalid', message, hint, element: teaming });
  if (attribute(teaming, 'type') !== 'transient') refuse('is the persistent side of a team', "a host device is always type='transient'");
  else if (attribute(teaming, 'persistent') === undefined)
    refuse('does not say which interface it is teamed with', "write persistent='ua-…', the alias of the virtio interface");
  if (hostdev.hostdev?.type !== 'pci') refuse('is teamed, but is no PCI function', 'only PCI functions can be teamed');
}

function checkRom(guest: Guest, hostdev: Device, element: XmlElement): void {
  const { type } = hostdev.place;
  if (type === undefined || type === 'pci') return;
  for (const name of ['rom', 'acpi']) {
    const found = childElement(element, name);
    if (found !== undefined) {
      report(guest, hostdev, { code: 'hostdev-invalid', message: `has <${name}>, but its address is not PCI`, hint: `remove <${name}>`, element: found });
    }
  }
}
