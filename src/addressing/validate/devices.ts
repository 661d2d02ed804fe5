/**
 * What other devices may say where PCI is concerned.
 *
 * Rules: docs/addressing.md §15.
 */
import type { Device } from '../guest/device.ts';
import { type Guest, visitAll } from '../guest/guest.ts';
import { report } from './report.ts';

export function checkDevices(guest: Guest): void {
  for (const device of visitAll(guest)) {
    CHECKS[device.kind]?.(guest, device);
    if (device.place.type === 'ccw' && guest.machineClass !== 's390-ccw') {
      report(guest, device, { code: 'guest-address-type', message: 'has an address of type ccw', hint: 'only s390-ccw guests have the channel subsystem' });
    }
  }
}

type Check = (guest: Guest, device: Device) => void;

const CHECKS: Partial<Record<Device['kind'], Check>> = {
  disk: checkDisk,
  video: (guest, video) => {
    if (video.model === 'ramfb' && video.place.type !== undefined) {
      report(guest, video, { code: 'guest-address-type', message: 'has an address', hint: 'ramfb is not plugged in anywhere; remove its <address>' });
    }
  },
  iommu: (guest, iommu) => {
    if (iommu.model === 'virtio') onlyPci(guest, iommu, 'guest-address-type');
  },
  panic: (guest, panic) => {
    if (panic.model === 'pvpanic') onlyPci(guest, panic, 'guest-address-type');
  },
  input: (guest, input) => {
    if (input.model !== 'virtio-transitional' && input.model !== 'virtio-non-transitional') return;
    report(guest, input, { code: 'virtio-model', message: 'cannot have this model', hint: "write model='virtio' or leave it out", element: input.element });
  },
};

/** Buses of disks that hang on a controller and never on PCI. */
const ON_CONTROLLER = new Set(['ide', 'fdc', 'sata', 'scsi', 'usb', 'nvme']);

function checkDisk(guest: Guest, disk: Device): void {
  if (disk.place.type !== 'pci' || !ON_CONTROLLER.has(disk.bus ?? '')) return;
  report(guest, disk, {
    code: 'guest-address-type',
    message: `on the ${disk.bus} bus has an address of type pci`,
    hint: `its address is of type ${disk.bus === 'usb' ? 'usb' : 'drive'}; leave it out to have one generated`,
  });
}

function onlyPci(guest: Guest, device: Device, code: 'guest-address-type'): void {
  if (device.place.type === undefined || device.place.type === 'pci') return;
  report(guest, device, {
    code,
    message: `has an address of type ${device.place.type}`,
    hint: 'its address is of type pci; leave it out to have one generated',
  });
}
