/**
 * What a machine has without being asked: one row per machine, first match counts.
 *
 * Rules: docs/addressing.md §4.
 */
import type { Guest } from '../guest/guest.ts';
import { does, has } from '../guest/guest.ts';
import type { MachineClass } from './class.ts';

export interface ImplicitDevices {
  /** Model of PCI controller 0. */
  readonly root: 'pci-root' | 'pcie-root' | undefined;
  /** USB controller 0: its models (an ICH9 set has four); `default` = decided like a missing model. */
  readonly usb: readonly string[];
  readonly balloon: boolean;
  readonly sata: boolean;
}

type Row = readonly [matches: (guest: Guest) => boolean, devices: (guest: Guest) => Partial<ImplicitDevices>];

const ICH9_SET = ['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'];

const ofClass =
  (wanted: MachineClass) =>
  ({ machineClass }: Guest): boolean =>
    machineClass === wanted;
const ofMachine =
  (arch: RegExp, machine = /^/) =>
  (guest: Guest): boolean =>
    arch.test(guest.arch) && machine.test(guest.machine);

const X86 = /^(x86_64|i686)$/;
const ARM = /^(armv6l|armv7l|aarch64)$/;

const ROWS: readonly Row[] = [
  [ofClass('i440fx'), () => ({ root: 'pci-root', usb: ['default'], balloon: true })],
  [ofClass('q35'), (guest) => ({ root: 'pcie-root', usb: q35Usb(guest), balloon: true, sata: true })],
  [ofClass('isapc'), (guest) => ({ balloon: !does(guest, 'pci-by-machine') })],
  [ofMachine(X86, /^microvm/), (guest) => (does(guest, 'pci-by-machine') ? {} : { usb: ['default'], balloon: true })],
  [ofClass('x86-other'), () => ({ usb: ['default'], balloon: true })],
  [ofMachine(ARM, /^versatilepb$/), () => ({ root: 'pci-root', usb: ['pci-ohci'] })],
  [ofMachine(ARM, /^realview/), () => ({ usb: ['pci-ohci'] })],
  [ofClass('arm-virt'), () => ({ root: 'pcie-root' })],
  [ofMachine(ARM), () => ({})],
  [ofMachine(/^(ppc|ppc64|ppc64le|ppcemb|alpha|sh4|sh4eb|sparc64)$/), () => ({ root: 'pci-root', usb: ['default'], balloon: true })],
  [ofMachine(/^mips/, /^malta$/), () => ({ root: 'pci-root', usb: ['default'], balloon: true })],
  [ofMachine(/^mips/), () => ({ usb: ['default'], balloon: true })],
  [ofClass('riscv-virt'), (guest) => ({ root: 'pcie-root', balloon: !does(guest, 'riscv-without-balloon') })],
  [ofMachine(/^riscv(32|64)$/), (guest) => ({ balloon: !does(guest, 'riscv-without-balloon') })],
  [ofMachine(/^loongarch64$/), () => ({ root: 'pcie-root' })],
  [ofMachine(/^s390x?$/), (guest) => ({ ...(has(guest, 'zpci') ? { root: 'pci-root' as const } : {}), balloon: true })],
];

export function implicitDevices(guest: Guest): ImplicitDevices {
  const row = ROWS.find(([matches]) => matches(guest));
  return { root: undefined, usb: [], balloon: false, sata: false, ...row?.[1](guest) };
}

/** q35 prefers USB 3, then USB 2, then nothing. */
function q35Usb(guest: Guest): readonly string[] {
  if (has(guest, 'qemu-xhci')) return ['qemu-xhci'];
  if (has(guest, 'nec-usb-xhci')) return ['nec-xhci'];
  return has(guest, 'ich9-usb-ehci1') ? ICH9_SET : [];
}
