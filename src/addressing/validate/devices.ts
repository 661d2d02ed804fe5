/**
 * What other devices may say where PCI is concerned.
 *
 * Rules: docs/addressing.md §15.
 */
import { childElement, descend } from '../../xml/read.ts';
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
  iommu: checkIommu,
  panic: (guest, panic) => {
    if (panic.model === 'pvpanic') onlyPci(guest, panic, 'guest-address-type');
  },
  memory: (guest, memory) => {
    if (memory.model === 'virtio-pmem' && guest.machineClass !== 's390-ccw') onlyPci(guest, memory, 'guest-address-type');
  },
  input: (guest, input) => {
    if (input.model !== 'virtio-transitional' && input.model !== 'virtio-non-transitional') return;
    report(guest, input, { code: 'virtio-model', message: 'cannot have this model', hint: "write model='virtio' or leave it out", element: input.element });
  },
};

/** Buses of disks that hang on a controller and never on PCI. */
const ON_CONTROLLER = new Set(['ide', 'fdc', 'sata', 'scsi', 'usb']);

function checkDisk(guest: Guest, disk: Device): void {
  if (disk.place.type !== 'pci' || !ON_CONTROLLER.has(disk.bus ?? '')) return;
  report(guest, disk, {
    code: 'guest-address-type',
    message: `on the ${disk.bus} bus has an address of type pci`,
    hint: `its address is of type ${disk.bus === 'usb' ? 'usb' : 'drive'}; leave it out to have one generated`,
  });
}

function checkIommu(guest: Guest, iommu: Device): void {
  if (iommu.model !== 'virtio') return;
  const refuse = (message: string, hint: string): void => report(guest, iommu, { code: 'iommu-invalid', message, hint, element: iommu.element });
  if (guest.machineClass !== 'q35' && guest.machineClass !== 'arm-virt') refuse('is not possible on this machine', 'q35 and Arm virt guests can have it');
  const features = childElement(guest.domain.document.root, 'features');
  if (features === undefined || descend(features, 'acpi') === undefined) refuse('needs ACPI', 'add <features><acpi/></features>');
  onlyPci(guest, iommu, 'guest-address-type');
}

function onlyPci(guest: Guest, device: Device, code: 'guest-address-type'): void {
  if (device.place.type === undefined || device.place.type === 'pci') return;
  report(guest, device, {
    code,
    message: `has an address of type ${device.place.type}`,
    hint: 'its address is of type pci; leave it out to have one generated',
  });
}
