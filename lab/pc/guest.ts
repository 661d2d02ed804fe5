/** The nested guest of the emulated PC host, and what its own kernel says about its PCI functions. */
import { lastFunctionList, waitForConsole } from '../machine/guest-console.ts';
import type { LabHost } from '../machine/running.ts';
import { GUEST_COMMAND_LINE } from './recipe.ts';

const GUEST_KERNEL = '/lab/guest/vmlinuz';
const GUEST_INITRAMFS = '/lab/guest/initramfs';

/** Root ports without a device; port n is bus n of the guest. */
const SPARE_PORTS = 6;

export interface GuestOptions {
  /** Elements put among the devices. */
  readonly devices?: string;
  /**
   * Who takes a function out of the guest: `acpi` is what q35 has by default, `native` is the root ports' own hot-plug, `none` is
   * a guest that never answers.
   */
  readonly hotplug?: 'acpi' | 'native' | 'none';
}

/** A definition; its console is the file `NAME.console` of the shared directory. */
export function guestDefinition(name: string, { devices = '', hotplug = 'acpi' }: GuestOptions = {}): string {
  const ports = Array.from({ length: SPARE_PORTS }, (_, i) => i + 1).map(
    (n) => `    <controller type='pci' index='${n}' model='pcie-root-port'>
      <target chassis='${n}' port='${n}'/>
      <address type='pci' domain='0' bus='0' slot='${n + 1}' function='0'/>
    </controller>
`,
  );
  const native = `  <qemu:commandline>
    <qemu:arg value='-global'/>
    <qemu:arg value='ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off'/>
  </qemu:commandline>
`;
  return `<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>${name}</name>
  <memory unit='MiB'>192</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${GUEST_KERNEL}</kernel>
    <initrd>${GUEST_INITRAMFS}</initrd>
    <cmdline>${GUEST_COMMAND_LINE}${hotplug === 'none' ? ' acpiphp.disable=1 pcie_ports=compat' : ''}</cmdline>
  </os>
  <features><acpi/><apic/></features>
  <cpu mode='host-passthrough' check='none'/>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='pci' index='0' model='pcie-root'/>
${ports.join('')}${devices}    <controller type='usb' model='none'/>
    <serial type='file'><source path='/share/${name}.console'/><target port='0'/></serial>
    <memballoon model='none'/>
  </devices>
${hotplug === 'native' ? native : ''}</domain>
`;
}

/** A PCI function as the guest's kernel shows it. */
export interface GuestFunction {
  readonly address: string;
  readonly vendor: string;
  readonly device: string;
  readonly class: string;
  /** Empty while no driver has it. */
  readonly driver: string;
  /** Of a network interface with a driver; empty otherwise. */
  readonly mac: string;
}

function parseGuestFunctions(console: string): GuestFunction[] | undefined {
  const lines = lastFunctionList(console)?.matchAll(/guest function (\S+) vendor=(\S+) device=(\S+) class=(\S+) driver=(\S*) mac=(\S*)/g);
  if (lines === undefined) return undefined;
  return [...lines].map(([, address = '', vendor = '', device = '', pciClass = '', driver = '', mac = '']) => ({
    address,
    vendor,
    device,
    class: pciClass,
    driver,
    mac,
  }));
}

/** Waits until the guest's kernel has functions that satisfy `test`. */
export function waitForGuest(
  host: LabHost,
  name: string,
  timeoutMs: number,
  test: (functions: readonly GuestFunction[]) => boolean = () => true,
): Promise<GuestFunction[]> {
  return waitForConsole(host, `${name}.console`, timeoutMs, (console) => {
    const functions = parseGuestFunctions(console);
    return functions !== undefined && test(functions) ? functions : undefined;
  });
}
