/**
 * NVMe controllers: each has a serial number, its own or that of its disks.
 *
 * Rules: docs/addressing.md §15.
 */
import { controllersOf, type Guest } from '../guest/guest.ts';
import { nvmeSerials } from '../guest/nvme.ts';
import { report } from './report.ts';

export function checkNvme(guest: Guest): void {
  for (const controller of controllersOf(guest, 'nvme')) {
    const serials = nvmeSerials(guest, controller);
    if (serials.length === 0) {
      report(guest, controller, {
        code: 'device-unsupported',
        message: 'has no serial number',
        hint: 'write <serial>…</serial> at its disk or at the controller; target nvme1n1 is on controller 1, and makes controller 0 as well',
        element: controller.element,
      });
    } else if (serials.length > 1) {
      report(guest, controller, {
        code: 'device-unsupported',
        message: `has disks with different serial numbers: ${serials.join(', ')}`,
        hint: 'all disks of a controller have one serial number; put them on controllers of their own (nvme0n1, nvme1n1)',
        element: controller.element,
      });
    }
  }
}
