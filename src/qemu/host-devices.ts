/**
 * QEMU's objects of host devices: PCI functions and mediated devices.
 *
 * Rules: docs/addressing.md §16.
 */
import type { Device } from '../addressing/guest/device.ts';
import { type Guest, has } from '../addressing/guest/guest.ts';
import { iommufdRequest, missesIommufd } from '../addressing/guest/iommufd.ts';
import type { PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { parseNumber } from '../pci/number.ts';
import { attribute, childElement } from '../xml/read.ts';
import type { Aliases } from './aliases.ts';
import { addressKeys } from './bus-names.ts';
import type { DeviceObject } from './device-object.ts';
import { vfioPci } from './vfio.ts';

/** The object of a host device; undefined for one that QEMU does not get, or not as a device of its own. */
export function hostDeviceObject(guest: Guest, aliases: Aliases, device: Device): DeviceObject | undefined {
  if (device.place.type === 'unassigned') return undefined;
  const { type, key } = device.hostdev ?? {};
  if (type === 'pci' && key !== undefined) return pciObject(guest, aliases, device, parsePciAddress(key));
  if (type === 'mdev' && key !== undefined) return mdevObject(guest, aliases, device, key);
  return undefined;
}

/** The object of a PCI function, also for an interface whose network pool gives it one. */
export function pciObject(guest: Guest, aliases: Aliases, device: Device, host: PciAddress): DeviceObject {
  const { element } = device;
  const child = (name: string): ReturnType<typeof childElement> => (element === undefined ? undefined : childElement(element, name));
  const rom = child('rom');
  const bar = attribute(rom, 'bar');
  const boot = parseNumber(attribute(child('boot'), 'order') ?? '');
  const acpiIndex = parseNumber(attribute(child('acpi'), 'index') ?? '');
  const base = vfioPci(aliases.get(device) ?? '', host, undefined, {
    iommufd: usesIommufd(guest, device) ? IOMMUFD_ID : undefined,
    bootIndex: boot,
    failoverPair: attribute(child('teaming'), 'persistent'),
    display: attribute(element, 'display'),
    ramfb: attribute(element, 'ramfb') === 'on',
  });
  return {
    ...base,
    ...addressKeys(guest, device),
    ...(acpiIndex === undefined ? {} : { 'acpi-index': acpiIndex }),
    ...(bar === undefined ? {} : { rombar: bar === 'on' ? 1 : 0 }),
    ...romFile(attribute(rom, 'enabled'), attribute(rom, 'file')),
  };
}

/** QEMU's object that all functions share which use iommufd, and its name. */
const IOMMUFD_ID = 'iommufd0';

/** The objects that devices of this guest refer to. libvirt hands QEMU open descriptors where these name things by their addresses. */
export function backendObjects(guest: Guest): DeviceObject[] {
  return guest.lists.hostdev.some((hostdev) => usesIommufd(guest, hostdev)) ? [{ 'qom-type': 'iommufd', id: IOMMUFD_ID }] : [];
}

/** A libvirt that does not know iommufd leaves it out. */
function usesIommufd(guest: Guest, hostdev: Device): boolean {
  const request = iommufdRequest(guest, hostdev);
  return request !== undefined && missesIommufd(guest, request) === undefined;
}

function romFile(enabled: string | undefined, file: string | undefined): DeviceObject {
  if (enabled === 'no') return { romfile: '' };
  return file === undefined ? {} : { romfile: file };
}

function mdevObject(guest: Guest, aliases: Aliases, device: Device, uuid: string): DeviceObject {
  const { element } = device;
  // libvirt says so where the definition does not.
  const display = attribute(element, 'display') ?? (device.model === 'vfio-pci' ? 'off' : undefined);
  const ramfb = attribute(element, 'ramfb') === 'on';
  const boot = element === undefined ? undefined : childElement(element, 'boot');
  const order = parseNumber(attribute(boot, 'order') ?? '');
  const loadparm = attribute(boot, 'loadparm');
  return {
    driver: ramfb ? `${device.model}-nohotplug` : (device.model ?? ''),
    id: aliases.get(device) ?? '',
    sysfsdev: `/sys/bus/mdev/devices/${uuid}`,
    ...(display === undefined ? {} : { display }),
    ...(ramfb ? { ramfb: true } : {}),
    ...(order === undefined ? {} : { bootindex: order }),
    ...(loadparm === undefined || !has(guest, 'virtio-ccw.loadparm') ? {} : { loadparm }),
    ...addressKeys(guest, device),
  };
}
