/**
 * Random definitions with what decides guest addresses: machines, controllers, devices with and without address,
 * zPCI ids. Most can be defined; some are refused, so that the verdict is tested too. Every definition is of type
 * qemu and names nothing that has to exist.
 */
import fc from 'fast-check';
import { controller } from './random-domain/controllers.ts';
import { device, hostdev } from './random-domain/devices.ts';
import { anyMachine, type Machine } from './random-domain/machine.ts';

/** Devices of which a guest has one: a second is refused for reasons that have nothing to do with PCI. */
const SINGLE = [/<vsock/, /<channel/, /<graphics/, /<memballoon/, /<serial/, /<console/, /index='0' model='pcie?-root'/];

/** Of which a guest may have two, seldom. */
const MOSTLY_SINGLE = [/<watchdog/, /<video/, /<panic/, /<iommu/];

/** What makes two devices the same: the file, the MAC, the function. */
const IDENTITY = /(?:file|mac address|domain='0xfff0' bus|uuid|shmem name|source dir|wwpn)='([^']*)'/;

function devicesOf(machine: Machine): fc.Arbitrary<string[]> {
  const any = fc.oneof({ weight: 5, arbitrary: hostdev(machine) }, { weight: 3, arbitrary: controller(machine) }, { weight: 6, arbitrary: device(machine) });
  const doubled = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
  return fc.tuple(fc.array(any, { maxLength: 14 }), doubled).map(([all, mayDouble]) => {
    const seen = new Set<string>();
    const single = mayDouble ? SINGLE : [...SINGLE, ...MOSTLY_SINGLE];
    return all.filter((text) => {
      const key = single.find((pattern) => pattern.test(text))?.source ?? IDENTITY.exec(text)?.[0] ?? '';
      if (key !== '' && seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  });
}

/** The program of each guest architecture. */
const emulator = ({ arch }: Machine): string => `/usr/bin/qemu-system-${arch === 'armv7l' ? 'arm' : arch}`;

/** A whole definition; each device has a line of its own. */
export const randomDomain: fc.Arbitrary<string> = anyMachine
  .chain((machine) => fc.tuple(fc.constant(machine), devicesOf(machine), fc.boolean(), fc.nat(15)))
  .map(([machine, devices, balloon, acpi]) => {
    // On Arm ACPI needs firmware that is not there.
    const hasAcpi = machine.arch === 'aarch64' ? acpi === 0 : machine.arch === 'x86_64' && machine.machine !== 'isapc' && acpi < 10;
    const features = hasAcpi ? '\n  <features><acpi/></features>' : '';
    const none = balloon || devices.some((text) => text.includes('<memballoon')) ? '' : "    <memballoon model='none'/>\n";
    return `<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='${machine.arch}' machine='${machine.machine}'>hvm</type></os>${features}
  <devices>
    <emulator>${emulator(machine)}</emulator>
${devices.map((text) => `    ${text}\n`).join('')}${none}  </devices>
</domain>
`;
  });

/**
 * Whether libvirt would take from a user what it makes of a definition. It does not where it has added USB controller 0 beside one of model none that has
 * another index, nor on IBM Z where a controller without model has become one of model none beside others.
 */
export function isTakenAgain(source: string): boolean {
  return !/type='usb' index='1' model='none'/.test(source) && !(source.includes("arch='s390x'") && /type='usb'(?: index='\d')?>/.test(source));
}
