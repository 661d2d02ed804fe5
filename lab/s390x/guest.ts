/** The nested guest of the emulated IBM Z host, and what its own kernel says about its PCI functions. */
import { lastFunctionList, waitForConsole } from '../machine/guest-console.ts';
import type { LabHost } from '../machine/running.ts';
import { GUEST_COMMAND_LINE } from './recipe.ts';

export const GUEST_KERNEL = '/lab/guest/vmlinuz';
export const GUEST_INITRAMFS = '/lab/guest/initramfs';

/** How long a boot may take: under emulation in emulation it needs a minute on a quiet machine, several times that on a busy one. */
export const GUEST_BOOT_MS = 8 * 60_000;

/**
 * Time of the guest goes by with its instructions, and while it is idle with the host's. Its kernel ticks 250 times a second (CONFIG_HZ_PERIODIC), and a
 * tick costs milliseconds, emulated in emulation: at 8 ns an instruction there are few. Measured, an idle guest takes 60 % of the host's one processor,
 * and all of it where its time leaps to the next tick (`sleep=off`).
 */
export const GUEST_ICOUNT = 'shift=3,sleep=on';

/**
 * A definition without any host device. Type qemu, because the emulated host cannot offer KVM: the one
 * departure from real life.
 */
export function guestDefinition(name: string): string {
  return `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>${name}</name>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='s390x' machine='s390-ccw-virtio'>hvm</type>
    <kernel>${GUEST_KERNEL}</kernel>
    <initrd>${GUEST_INITRAMFS}</initrd>
    <cmdline>${GUEST_COMMAND_LINE}</cmdline>
  </os>
  <cpu mode='custom' match='exact' check='none'>
    <model fallback='forbid'>max</model>
  </cpu>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-s390x</emulator>
    <console type='file'>
      <source path='/share/${name}.console'/>
      <target type='sclp' port='0'/>
    </console>
    <memballoon model='none'/>
  </devices>
  <qemu:commandline>
    <qemu:arg value='-icount'/>
    <qemu:arg value='${GUEST_ICOUNT}'/>
  </qemu:commandline>
</domain>
`;
}

/** A PCI function as the guest's kernel shows it. */
export interface GuestFunction {
  readonly address: string;
  readonly uid: number;
  readonly fid: number;
  /** Name of its hot-plug slot: the fid as eight hexadecimal digits. */
  readonly slot: string;
  readonly class: string;
}

function parseGuestFunctions(console: string): GuestFunction[] | undefined {
  const lines = lastFunctionList(console)?.matchAll(/guest function (\S+) uid=(\S+) function_id=(\S+) slot=(\S*) vendor=\S+ device=\S+ class=(\S+)/g);
  if (lines === undefined) return undefined;
  return [...lines].map(([, address = '', uid, fid, slot = '', pciClass = '']) => ({ address, uid: Number(uid), fid: Number(fid), slot, class: pciClass }));
}

/** Waits until the guest's kernel has listed its functions. */
export function waitForGuestFunctions(host: Pick<LabHost, 'share'>, consoleFile: string, timeoutMs: number): Promise<GuestFunction[]> {
  return waitForConsole(host, consoleFile, timeoutMs, parseGuestFunctions);
}
