/**
 * Models that libvirt takes only where the QEMU has them: one row a model.
 *
 * Rules: docs/addressing.md §15.
 */
import { attribute } from '../../xml/read.ts';
import { type Device, type DeviceKind, isController } from '../guest/device.ts';
import { controllersOf, does, type Guest, has, visitAll } from '../guest/guest.ts';
import { report } from './report.ts';

/** Model → the flag that says that QEMU has it; never where no QEMU has. */
type Models = Readonly<Record<string, string>>;

const NEVER = 'never';

const VIDEO: Models = {
  vga: 'VGA',
  cirrus: 'cirrus-vga',
  vmvga: 'vmware-svga',
  qxl: 'qxl',
  bochs: 'bochs-display',
  ramfb: 'ramfb',
  xen: NEVER,
  vbox: NEVER,
  parallels: NEVER,
  gop: NEVER,
};

const SCSI: Models = { lsilogic: 'lsi', lsisas1068: 'mptsas1068', lsisas1078: 'megasas', vmpvscsi: 'pvscsi', buslogic: NEVER };

const USB: Models = {
  'piix3-uhci': 'piix3-usb-uhci',
  'piix4-uhci': 'piix4-usb-uhci',
  ehci: 'usb-ehci',
  'ich9-ehci1': 'ich9-usb-ehci1',
  'ich9-uhci1': 'ich9-usb-ehci1',
  'ich9-uhci2': 'ich9-usb-ehci1',
  'ich9-uhci3': 'ich9-usb-ehci1',
  'vt82c686b-uhci': 'vt82c686b-usb-uhci',
  'pci-ohci': 'pci-ohci',
  'nec-xhci': 'nec-usb-xhci',
  'qemu-xhci': 'qemu-xhci',
};

/** What of USB is a flag: others libvirt takes for granted. */
const ON_USB: Models = { disk: 'usb-storage', 'keyboard input': 'usb-kbd' };

const MODELS: Partial<Record<DeviceKind, (guest: Guest, device: Device) => Models | undefined>> = {
  video: () => VIDEO,
  shmem: () => ({ 'ivshmem-plain': 'ivshmem-plain', 'ivshmem-doorbell': 'ivshmem-doorbell' }),
  sound: () => ({ ich9: 'ich9-intel-hda', ich7: NEVER }),
  panic: () => ({ isa: 'pvpanic', pvpanic: 'pvpanic-pci' }),
  controller: (guest, { type }) => {
    if (type === 'scsi') return SCSI;
    // Before, only the start failed.
    if (type === 'usb' && does(guest, 'usb-by-machine')) return USB;
    return undefined;
  },
};

export function checkOffered(guest: Guest): void {
  for (const device of visitAll(guest)) {
    const flag = flagOf(guest, device);
    if (flag !== undefined && !has(guest, flag)) refuseModel(guest, device, flag);
  }
}

/** Before libvirt asked for them when a guest is defined, models of USB controllers were asked for when it is started. */
export function checkUsbOfferedAtStart(guest: Guest): void {
  if (does(guest, 'usb-by-machine')) return;
  for (const usb of controllersOf(guest, 'usb')) {
    const flag = modelFlag(USB, usb.model);
    if (flag !== undefined && !has(guest, flag)) refuseModel(guest, usb, flag);
  }
}

function refuseModel(guest: Guest, device: Device, flag: string): void {
  report(guest, device, {
    code: 'device-unsupported',
    message: flag === NEVER ? 'is of a model that no QEMU has' : 'is of a model that this QEMU does not have',
    hint: 'choose another model',
    element: device.element,
  });
}

function flagOf(guest: Guest, device: Device): string | undefined {
  // A SATA controller has no model. The first one of q35 is part of the machine.
  if (isController(device) && device.type === 'sata') return guest.machineClass === 'q35' && device.index === 0 ? undefined : 'ich9-ahci';
  if (device.kind === 'smartcard') return attribute(device.element, 'mode') === 'passthrough' ? 'ccid-passthru' : 'ccid-emulated';
  if (device.kind === 'hub') return 'usb-hub';
  if (device.kind === 'redirdev') return 'usb-redir';
  if (device.bus === 'usb') return ON_USB[device.kind === 'input' ? `${device.type ?? ''} input` : device.kind];
  const models = MODELS[device.kind]?.(guest, device);
  return models === undefined ? undefined : modelFlag(models, device.model);
}

function modelFlag(models: Models, model: string | undefined): string | undefined {
  return model === undefined || !Object.hasOwn(models, model) ? undefined : models[model];
}
