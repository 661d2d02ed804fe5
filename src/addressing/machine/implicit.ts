/**
 * What a machine has without being asked: one row per machine, first match counts.
 *
 * Rules: docs/addressing.md §4.
 */
import type { Guest } from '../guest/guest.ts';
import { has } from '../guest/guest.ts';

export interface ImplicitDevices {
  /** Model of PCI controller 0. */
  readonly root: 'pci-root' | 'pcie-root' | undefined;
  /** USB controller 0: its models (an ICH9 set has four); `default` = decided like a missing model. */
  readonly usb: readonly string[];
  readonly balloon: boolean;
  readonly sata: boolean;
}

type Row = readonly [arch: RegExp, machine: RegExp, devices: (guest: Guest) => Partial<ImplicitDevices>];

const ICH9_SET = ['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'];
const X86 = /^(x86_64|i686)$/;
const ARM = /^(armv6l|armv7l|aarch64)$/;
const VIRT = /^virt(-|$)/;

const ROWS: readonly Row[] = [
  [X86, /^(pc$|pc-0\.|pc-1\.|pc-i440fx-|rhel)/, () => ({ root: 'pci-root', usb: ['default'], balloon: true })],
  [X86, /^(q35$|pc-q35-)/, (guest) => ({ root: 'pcie-root', usb: q35Usb(guest), balloon: true, sata: true })],
  [X86, /^isapc$/, () => ({ balloon: true })],
  [X86, /^/, () => ({ usb: ['default'], balloon: true })],
  [ARM, /^versatilepb$/, () => ({ root: 'pci-root', usb: ['pci-ohci'] })],
  [ARM, /^realview/, () => ({ usb: ['pci-ohci'] })],
  [ARM, VIRT, () => ({ root: 'pcie-root' })],
  [ARM, /^/, () => ({})],
  [/^ppc64(le)?$/, /^/, () => ({ root: 'pci-root', usb: ['default'], balloon: true })],
  [/^(ppc|ppcemb|alpha|sh4|sh4eb|sparc64)$/, /^/, () => ({ root: 'pci-root', usb: ['default'], balloon: true })],
  [/^mips/, /^malta$/, () => ({ root: 'pci-root', usb: ['default'], balloon: true })],
  [/^mips/, /^/, () => ({ usb: ['default'], balloon: true })],
  [/^riscv(32|64)$/, VIRT, () => ({ root: 'pcie-root', balloon: true })],
  [/^riscv(32|64)$/, /^/, () => ({ balloon: true })],
  [/^loongarch64$/, /^/, () => ({ root: 'pcie-root' })],
  [/^s390x?$/, /^/, (guest) => ({ ...(has(guest, 'zpci') ? { root: 'pci-root' as const } : {}), balloon: true })],
];

export function implicitDevices(guest: Guest): ImplicitDevices {
  const row = ROWS.find(([arch, machine]) => arch.test(guest.arch) && machine.test(guest.machine));
  return { root: undefined, usb: [], balloon: false, sata: false, ...row?.[2](guest) };
}

/** q35 prefers USB 3, then USB 2, then nothing. */
function q35Usb(guest: Guest): readonly string[] {
  if (has(guest, 'qemu-xhci')) return ['qemu-xhci'];
  if (has(guest, 'nec-usb-xhci')) return ['nec-xhci'];
  return has(guest, 'ich9-usb-ehci1') ? ICH9_SET : [];
}
