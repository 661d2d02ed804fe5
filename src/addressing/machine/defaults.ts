/**
 * Models and buses that libvirt chooses where the definition does not say, as far as they decide addresses.
 *
 * Rules: docs/addressing.md §5.
 */
import { HostdevError } from '../../errors.ts';
import { assignDrives, defaultDiskBus } from '../guest/drives.ts';
import { type Controller, type Device, emptyPlace } from '../guest/device.ts';
import { controllersOf, does, type Guest, has } from '../guest/guest.ts';
import { deviceLocation } from '../guest/locate.ts';
import { collect } from '../problems.ts';
import { isArm, isPpc64, isS390, isX86 } from './class.ts';

/** Fills in the defaults of every device, then the drive addresses that follow from them. */
export function applyDefaults(guest: Guest): void {
  const { lists } = guest;
  for (const disk of lists.disk) disk.bus ??= defaultDiskBus(disk);
  for (const nic of lists.interface) if (nic.place.type !== 'unassigned') nic.model ??= interfaceModel(guest, nic);
  for (const video of lists.video) if (video.model === undefined || video.model === 'default') video.model = videoModel(guest);
  for (const usb of controllersOf(guest, 'usb')) {
    usb.model = usbModel(guest, usb);
    // The absence of a controller is nowhere.
    if (usb.model === 'none') Object.assign(usb.place, emptyPlace());
  }
  for (const scsi of controllersOf(guest, 'scsi')) if (scsi.element !== undefined) chooseScsiModel(guest, scsi);
  for (const input of lists.input) input.bus ??= inputBus(guest, input);
  for (const panic of lists.panic) panic.model ??= panicModel(guest);
  for (const vsock of lists.vsock) vsock.model ??= 'virtio';
  assignDrives(lists);
}

/** Models of controllers that were added after the defaults had been applied. */
export function applyLateDefaults(guest: Guest): void {
  for (const video of guest.lists.video) video.model ??= videoModel(guest);
  for (const scsi of controllersOf(guest, 'scsi')) chooseScsiModel(guest, scsi);
}

function interfaceModel(guest: Guest, nic: Device): string | undefined {
  const { arch, machineClass } = guest;
  if (nic.type === 'vdpa' || nic.type === 'vhostuser') return 'virtio';
  if (nic.type === 'hostdev') return undefined;
  if (nic.type === 'network' && nic.target !== undefined && guest.host.networkForward(nic.target) === 'hostdev') return undefined;
  if (isS390(arch) || ['loongarch-virt', 'riscv-virt', 'arm-virt'].includes(machineClass)) return 'virtio';
  if (isArm(arch)) return guest.machine === 'versatilepb' ? 'scm91c111' : 'lan9118';
  if (has(guest, 'rtl8139')) return 'rtl8139';
  if (has(guest, 'e1000')) return 'e1000';
  return has(guest, 'virtio-net') ? 'virtio' : 'rtl8139';
}

export function videoModel(guest: Guest): string | undefined {
  const { arch, machineClass } = guest;
  if (isPpc64(arch)) return 'vga';
  if (isS390(arch) || ['loongarch-virt', 'riscv-virt', 'arm-virt'].includes(machineClass)) return 'virtio';
  if (has(guest, 'cirrus-vga')) return 'cirrus';
  return has(guest, 'VGA') ? 'vga' : undefined;
}

function usbModel(guest: Guest, usb: Controller): string | undefined {
  const { arch } = guest;
  // `default` is how older definitions write "not decided".
  if (usb.model !== undefined && usb.model !== 'default') return usb.model;
  const xhci = has(guest, 'qemu-xhci') ? 'qemu-xhci' : has(guest, 'nec-usb-xhci') ? 'nec-xhci' : undefined;
  const piix = has(guest, 'piix3-usb-uhci') ? 'piix3-uhci' : undefined;
  const ohci = has(guest, 'pci-ohci') ? 'pci-ohci' : undefined;
  const general = piix ?? (isX86(arch) ? undefined : ohci);
  if (isS390(arch) && (usb.place.type === undefined || does(guest, 'usb-by-machine'))) return 'none';
  if (isPpc64(arch)) return (guest.newDefinition ? xhci : undefined) ?? ohci;
  if (arch === 'aarch64' || (/^(arm|riscv)/.test(arch) && does(guest, 'usb-by-machine'))) return xhci ?? general;
  if (arch === 'loongarch64') return (has(guest, 'qemu-xhci') ? 'qemu-xhci' : undefined) ?? general;
  return general;
}

/** Where there is none, that is a fault of this controller and of no other. */
function chooseScsiModel(guest: Guest, scsi: Controller): void {
  collect(guest.problems, () => {
    scsi.model = scsiModel(guest, scsi);
  });
}

function scsiModel(guest: Guest, scsi: Controller): string {
  const { arch, machine, machineClass } = guest;
  if (scsi.model !== undefined && scsi.model !== 'auto') return scsi.model;
  if (machineClass === 'pseries') return 'ibmvscsi';
  if (isS390(arch) || machineClass === 'loongarch-virt') return 'virtio-scsi';
  if ((machineClass === 'arm-virt' || machineClass === 'riscv-virt') && does(guest, 'virtio-scsi-default')) return 'virtio-scsi';
  const other = does(guest, 'scsi-like-others') ? firstScsiModel(guest) : undefined;
  if (other !== undefined) return other;
  if (has(guest, 'lsi')) return 'lsilogic';
  if (has(guest, 'virtio-scsi-pci')) return 'virtio-scsi';
  if (hasBuiltInScsi(arch, machine)) return 'ncr53c90';
  throw new HostdevError('device-unsupported', `SCSI controller ${scsi.index} has no model, and this guest has no default one`, {
    location: deviceLocation(guest, scsi),
    hint: "write model='virtio-scsi' (or another that this QEMU has)",
  });
}

function firstScsiModel(guest: Guest): string | undefined {
  return controllersOf(guest, 'scsi').find(({ model }) => model !== undefined && model !== 'auto')?.model;
}

function hasBuiltInScsi(arch: string, machine: string): boolean {
  if (arch === 'sparc') return true;
  if (/^mips64(el)?$/.test(arch)) return machine === 'magnum' || machine === 'pica61';
  return arch === 'm68k' && machine === 'q800';
}

function inputBus(guest: Guest, input: Device): string {
  if (isX86(guest.arch) && (input.type === 'mouse' || input.type === 'keyboard')) return 'ps2';
  if (isS390(guest.arch) || input.type === 'passthrough') return 'virtio';
  return input.type === 'evdev' ? 'none' : 'usb';
}

function panicModel(guest: Guest): string | undefined {
  const { arch, machineClass } = guest;
  if (machineClass === 'pseries') return 'pseries';
  if (isS390(arch)) return 's390';
  if (isX86(arch)) return 'isa';
  // Before there was one on PCI, every machine got the one on ISA, and most were then refused it.
  if (!does(guest, 'pvpanic-pci')) return 'isa';
  return machineClass === 'arm-virt' ? 'pvpanic' : undefined;
}
