/**
 * NVMe controllers: each has a serial number, its own or that of its disks.
 *
 * Rules: docs/addressing.md §15.
 */
import { childElement, textOf } from '../../xml/read.ts';
import type { Device } from '../guest/device.ts';
import { controllersOf, type Guest } from '../guest/guest.ts';
import { report } from './report.ts';

export function checkNvme(guest: Guest): void {
  for (const controller of controllersOf(guest, 'nvme')) {
    const disks = guest.lists.disk.filter(({ bus, drive }) => bus === 'nvme' && drive?.controller === controller.index);
    const serials = new Set([controller, ...disks].flatMap((device) => serialOf(guest, device) ?? []));
    if (serials.size === 0) {
      report(guest, controller, {
        code: 'device-unsupported',
        message: 'has no serial number',
        hint: 'write <serial>…</serial> at its disk or at the controller; target nvme1n1 is on controller 1, and makes controller 0 as well',
        element: controller.element,
      });
    } else if (serials.size > 1) {
      report(guest, controller, {
        code: 'device-unsupported',
        message: `has disks with different serial numbers: ${[...serials].join(', ')}`,
        hint: 'all disks of a controller have one serial number; put them on controllers of their own (nvme0n1, nvme1n1)',
        element: controller.element,
      });
    }
  }
}

function serialOf({ domain }: Guest, { element }: Device): string | undefined {
  const serial = element === undefined ? undefined : childElement(element, 'serial');
  const text = serial === undefined ? '' : textOf(domain.document, serial).trim();
  return text === '' ? undefined : text;
}
