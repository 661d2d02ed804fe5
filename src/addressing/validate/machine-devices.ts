/**
 * Devices that are part of some machines, or fit only there.
 *
 * Rules: docs/addressing.md §15.
 */
import type { Device } from '../guest/device.ts';
import { controllersOf, does, type Guest } from '../guest/guest.ts';
import { isPpc64, isS390, isX86 } from '../machine/class.ts';
import { report } from './report.ts';
import { wordTable } from '../../word-table.ts';

export function checkMachineDevices(guest: Guest): void {
  for (const device of guest.lists.watchdog) tell(guest, device, WATCHDOGS[device.model ?? '']?.(guest));
  for (const device of guest.lists.panic) tell(guest, device, PANICS[device.model ?? 'none']?.(guest));
  for (const device of guest.lists.input) if (device.bus === 'ps2' && device.element !== undefined) tell(guest, device, ps2(guest, device));
  for (const device of controllersOf(guest, 'ide')) tell(guest, device, ide(guest, device.index));
  for (const device of controllersOf(guest, 'scsi')) if (device.model === 'ncr53c90') tell(guest, device, ncr53c90(guest, device.index));
  for (const device of guest.lists.smartcard.slice(1)) tell(guest, device, ['is a second smart card', 'a guest has one']);
  checkWatchdogs(guest);
}

/** What is wrong, and what to do; undefined when nothing is. */
type Fault = readonly [message: string, hint: string] | undefined;
type Rule = (guest: Guest) => Fault;

function tell(guest: Guest, device: Device, fault: Fault): void {
  if (fault === undefined) return;
  report(guest, device, { code: 'device-unsupported', message: fault[0], hint: fault[1], element: device.element });
}

const elsewhere = (isThere: boolean, what: string): Fault => (isThere ? undefined : [`is of a model that only ${what} have`, 'choose another model']);

const WATCHDOGS = wordTable<Rule>({
  ib700: (guest) => elsewhere(guest.machineClass === 'i440fx' || !does(guest, 'ib700-on-i440fx'), 'i440fx guests'),
  itco: ({ machineClass }) => elsewhere(machineClass === 'q35', 'q35 guests'),
  diag288: ({ arch }) => elsewhere(isS390(arch), 'guests of IBM Z'),
});

const PANICS = wordTable<Rule>({
  none: () => ['has no model, and this machine has no default one', "write model='pvpanic' where there is PCI"],
  s390: ({ arch }) => elsewhere(isS390(arch), 'guests of IBM Z'),
  pseries: ({ machineClass }) => elsewhere(machineClass === 'pseries', 'pSeries guests'),
  hyperv: ({ arch }) => elsewhere(isX86(arch), 'x86 guests'),
});

/** Models that are one piece of the machine. */
const ONE_OF_EACH = new Set(['diag288', 'ib700', 'itco']);

function checkWatchdogs(guest: Guest): void {
  const [first, ...more] = guest.lists.watchdog;
  const action = (device: Device | undefined): string => device?.element?.attributes.find(({ name }) => name === 'action')?.value ?? 'reset';
  for (const [i, device] of more.entries()) {
    const before = guest.lists.watchdog.slice(0, i + 1);
    if (!does(guest, 'several-watchdogs')) tell(guest, device, ['is a second watchdog', 'this libvirt knows one a guest']);
    else if (ONE_OF_EACH.has(device.model ?? '') && before.some(({ model }) => model === device.model)) {
      tell(guest, device, ['is there twice', 'a guest has one watchdog of this model']);
    } else if (action(device) !== action(first)) tell(guest, device, ['has another action than the first watchdog', 'give all watchdogs one action']);
  }
}

function ps2(guest: Guest, { type }: Device): Fault {
  const { arch, machineClass } = guest;
  const hasIt = ['i440fx', 'q35', 'isapc'].includes(machineClass) || (!does(guest, 'ps2-of-pc') && (isX86(arch) || isPpc64(arch)));
  if (!hasIt) return ['is on PS/2, which this machine does not have', "write bus='usb' or bus='virtio'"];
  return type === 'mouse' || type === 'keyboard' ? undefined : ['is on PS/2, which takes mice and keyboards only', "write bus='usb' or bus='virtio'"];
}

/** Machines of these classes have no IDE; of others it is not known. */
const WITHOUT_IDE = new Set(['q35', 'isapc', 'x86-other', 'arm-virt', 'riscv-virt', 'loongarch-virt', 'pseries', 's390-ccw']);

function ide({ machineClass }: Guest, index: number): Fault {
  if (WITHOUT_IDE.has(machineClass)) return ['is an IDE controller, which this machine does not have', "write bus='sata', 'scsi' or 'virtio' at its disks"];
  return index > 0 && machineClass === 'i440fx' ? ['is a second IDE controller', 'an i440fx guest has one, for four disks: hda to hdd'] : undefined;
}

function ncr53c90({ machineClass }: Guest, index: number): Fault {
  if (index > 0) return ['is of model ncr53c90, which is always controller 0', "write model='virtio-scsi'"];
  return machineClass === 'other' ? undefined : ['is of model ncr53c90, which is not part of this machine', "write model='virtio-scsi'"];
}
