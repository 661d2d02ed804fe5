/** Whether the machine isolates PCI functions from each other: firmware, kernel, interrupts. */
import { readAddresses } from '../../host/inventory.ts';
import { type HostReader, readText } from '../../host/port.ts';
import type { MachineFacts, Vendor } from './machine.ts';
import type { Readiness } from './finding.ts';

interface Names {
  /** What the setup of the firmware calls it. */
  readonly firmware: string;
  /** ACPI table by which the firmware offers it. */
  readonly table: string | undefined;
  readonly option: string | undefined;
}

const NAMES: Readonly<Record<Vendor, Names>> = {
  intel: { firmware: 'VT-d', table: 'DMAR', option: 'intel_iommu=on' },
  amd: { firmware: 'AMD-Vi (IOMMU)', table: 'IVRS', option: 'amd_iommu=on' },
  arm: { firmware: 'the SMMU', table: 'IORT', option: undefined },
  'ibm-z': { firmware: 'PCI', table: undefined, option: undefined },
  other: { firmware: 'the IOMMU', table: undefined, option: undefined },
};

export async function iommuReadiness(port: HostReader, machine: MachineFacts): Promise<Readiness[]> {
  return [await firmware(port, machine), await groups(port, machine), await interrupts(port, machine)];
}

async function firmware(port: HostReader, { vendor }: MachineFacts): Promise<Readiness> {
  const { firmware: name, table } = NAMES[vendor];
  const what = 'IOMMU in the firmware';
  if (vendor === 'ibm-z') return { what, state: 'ok', found: 'part of this architecture', hint: null };
  const units = (await port.list('/sys/class/iommu')) ?? [];
  if (units.length > 0) return { what, state: 'ok', found: units.join(', '), hint: null };
  const tables = await port.list('/sys/firmware/acpi/tables');
  if (table !== undefined && tables?.includes(table) === true) return { what, state: 'ok', found: `the firmware offers it (${table})`, hint: null };
  if (table === undefined || tables === undefined) return { what, state: 'unknown', found: 'this kernel does not say', hint: null };
  return {
    what,
    state: 'missing',
    found: `there is no ${table} table`,
    hint: `switch ${name} on in the firmware's setup; without it no function can be isolated`,
  };
}

async function groups(port: HostReader, machine: MachineFacts): Promise<Readiness> {
  const what = 'IOMMU groups';
  const count = ((await port.list('/sys/kernel/iommu_groups')) ?? []).length;
  if (count > 0) return { what, state: 'ok', found: `${count} groups`, hint: null };
  const functions = (await readAddresses(port)).length;
  const { firmware: name, option } = NAMES[machine.vendor];
  const off = /(?:^|\s)((?:intel_|amd_)?iommu(?:\.passthrough)?=(?:off|0))(?:\s|$)/.exec(machine.commandLine)?.[1];
  const hint =
    off !== undefined
      ? `'${off}' on the kernel command line switches it off: take that away, reboot`
      : option === undefined || machine.commandLine.includes(option)
        ? `switch ${name} on in the firmware's setup`
        : `switch ${name} on in the firmware's setup and ${machine.setOption(option)}`;
  return { what, state: 'missing', found: `none, although there are ${functions} functions`, hint };
}

async function interrupts(port: HostReader, { vendor }: MachineFacts): Promise<Readiness> {
  const what = 'interrupt remapping';
  if (vendor !== 'intel' && vendor !== 'amd') return { what, state: 'ok', found: 'part of this architecture', hint: null };
  const unsafe = await readText(port, '/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts');
  if (unsafe === undefined) return { what, state: 'unknown', found: 'vfio is not loaded, so it was not asked', hint: null };
  if (unsafe !== 'Y') return { what, state: 'ok', found: 'vfio insists on it', hint: null };
  return {
    what,
    state: 'missing',
    found: 'vfio is told to do without it',
    hint: 'guests could inject interrupts: remove allow_unsafe_interrupts unless the hardware leaves no choice',
  };
}
