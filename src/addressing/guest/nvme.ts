/** Serial numbers of NVMe controllers. Source: libvirt's news of 11.5.0. */
import { childElement, textOf } from '../../xml/read.ts';
import type { Controller, Device } from './device.ts';
import type { Guest } from './guest.ts';

/** The serial numbers that a controller and its disks name; one is right. */
export function nvmeSerials(guest: Guest, controller: Controller): readonly string[] {
  const disks = guest.lists.disk.filter(({ bus, drive }) => bus === 'nvme' && drive?.controller === controller.index);
  return [...new Set([controller, ...disks].flatMap((device) => serialOf(guest, device) ?? []))];
}

function serialOf({ domain }: Guest, { element }: Device): string | undefined {
  const serial = element === undefined ? undefined : childElement(element, 'serial');
  const text = serial === undefined ? '' : textOf(domain.document, serial).trim();
  return text === '' ? undefined : text;
}
