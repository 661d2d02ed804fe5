/**
 * Machine types, grouped by what their rules share.
 *
 * Rules: docs/addressing.md §4.
 */

/** The classes with rules of their own; everything else is `other`. */
export type MachineClass = 'i440fx' | 'q35' | 'isapc' | 'x86-other' | 'arm-virt' | 'riscv-virt' | 'loongarch-virt' | 'pseries' | 's390-ccw' | 'other';

const X86 = /^(x86_64|i686)$/;
const ARM = /^(armv6l|armv7l|aarch64)$/;
const RISCV = /^riscv(32|64)$/;
const PPC64 = /^ppc64(le)?$/;
const S390 = /^s390x?$/;
const VIRT = /^virt(-|$)/;

const TABLE: readonly (readonly [arch: RegExp, machine: RegExp, machineClass: MachineClass])[] = [
  [X86, /^(pc$|pc-0\.|pc-1\.|pc-i440fx-|rhel)/, 'i440fx'],
  [X86, /^(q35$|pc-q35-)/, 'q35'],
  [X86, /^isapc$/, 'isapc'],
  [X86, /^/, 'x86-other'],
  [ARM, VIRT, 'arm-virt'],
  [RISCV, VIRT, 'riscv-virt'],
  [/^loongarch64$/, VIRT, 'loongarch-virt'],
  [PPC64, /^pseries(-|$)/, 'pseries'],
  [S390, /^s390-ccw/, 's390-ccw'],
];

export function machineClass(arch: string, machine: string): MachineClass {
  return TABLE.find(([a, m]) => a.test(arch) && m.test(machine))?.[2] ?? 'other';
}

export function isX86(arch: string): boolean {
  return X86.test(arch);
}

export function isArm(arch: string): boolean {
  return ARM.test(arch);
}

export function isPpc64(arch: string): boolean {
  return PPC64.test(arch);
}

export function isS390(arch: string): boolean {
  return S390.test(arch);
}

/** Whether devices of this machine can have PCI addresses at all; if not, those that want one stay without. */
export function canHavePci(arch: string, machine: string): boolean {
  if (isArm(arch)) return VIRT.test(machine) || machine === 'versatilepb';
  if (RISCV.test(arch)) return VIRT.test(machine);
  return true;
}
