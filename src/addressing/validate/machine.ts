/**
 * Whether the QEMU has the guest's machine type.
 *
 * Rules: docs/addressing.md §15.
 */
import type { Capabilities } from '../capabilities/capabilities.ts';
import { locationOf } from '../guest/locate.ts';
import type { Guest } from '../guest/guest.ts';
import { descend } from '../../xml/read.ts';

/** Machine types that only QEMUs for some architectures have. Source: `qemu-system-ARCH -machine help` of QEMU 10. */
const ARCHITECTURES: readonly (readonly [machine: RegExp, arch: RegExp, words: string])[] = [
  [/^(pc|q35|isapc|microvm|xenfv|xenpv|pc-.*)$/, /^(x86_64|i686)$/, 'x86'],
  [/^s390-ccw-virtio(-|$)/, /^s390x?$/, 'IBM Z'],
  [/^(pseries|powernv\d*)(-|$)/, /^ppc64(le)?$/, 'POWER'],
  [/^virt(-|$)/, /^(?!x86_64|i686|s390|ppc|mips|sparc|alpha|sh4)/, 'Arm, RISC-V, LoongArch and a few others'],
];

/** libvirt refuses to define a guest of a machine type that its QEMU does not list. */
export function checkMachine(guest: Guest): void {
  const { machine, domain, arch, capabilities } = guest;
  const element = descend(domain.document.root, 'os', 'type');
  if (domain.machine === undefined || element === undefined) return;
  const found = withoutMachine(arch, machine, capabilities);
  if (found === undefined) return;
  guest.problems.add({
    code: 'machine-unknown',
    severity: 'error',
    subject: machine,
    message: `the QEMU for ${arch} has no machine type '${machine}'`,
    hint: found,
    location: locationOf(guest, element),
  });
}

/** Upstream's versioned machine types; distributions have more of their own (`pc-q35-rhel9.4.0`, `pc-i440fx-noble`). */
const VERSIONED = /-\d+\.\d+$/;

/** What to do about it; undefined when the QEMU has it, or nobody knows. */
function withoutMachine(arch: string, machine: string, { machines, machinesOf, defaultMachine }: Capabilities): string | undefined {
  if (machines !== undefined && (machinesOf !== 'preset' || VERSIONED.test(machine))) {
    if (machines.has(machine)) return undefined;
    const similar = [...machines].filter((name) => name.startsWith(familyOf(machine)) && familyOf(machine) !== '').sort(newestFirst);
    return `it has ${(similar.length > 0 ? similar : [defaultMachine, ...machines]).slice(0, 4).join(', ')}, …`;
  }
  const row = ARCHITECTURES.find(([name]) => name.test(machine));
  if (row === undefined || row[1].test(arch)) return undefined;
  return `'${machine}' is a machine of ${row[2]}; write that architecture, or a machine that ${arch} has, for example '${defaultMachine}'`;
}

/** `pc-q35-` of `pc-q35-9.2`. */
function familyOf(machine: string): string {
  return machine.replace(/[\d.]+[\w.-]*$/, '');
}

function newestFirst(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}
