/** Whether the machine isolates PCI functions from each other: firmware, kernel, interrupts. */
import type { ReadinessFacts } from './facts.ts';
import type { Readiness } from './finding.ts';
import { type Vendor, vendorOf } from './vendor.ts';

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

export function iommuReadiness(facts: ReadinessFacts): Readiness[] {
  const vendor = vendorOf(facts.cpuinfo);
  return [firmware(facts, vendor), groups(facts, vendor), interrupts(facts, vendor)];
}

function firmware({ iommuUnits, acpiTables }: ReadinessFacts, vendor: Vendor): Readiness {
  const { firmware: name, table } = NAMES[vendor];
  const what = 'IOMMU in the firmware';
  if (vendor === 'ibm-z') return { what, state: 'ok', found: 'part of this architecture', hint: null };
  if (iommuUnits.length > 0) return { what, state: 'ok', found: iommuUnits.join(', '), hint: null };
  if (table !== undefined && acpiTables?.includes(table) === true) return { what, state: 'ok', found: `the firmware offers it (${table})`, hint: null };
  if (table === undefined || acpiTables === undefined) return { what, state: 'unknown', found: 'this kernel does not say', hint: null };
  return {
    what,
    state: 'missing',
    found: `there is no ${table} table`,
    hint: `switch ${name} on in the firmware's setup; without it no function can be isolated`,
  };
}

function groups({ groupCount, functionCount, commandLine, setOption }: ReadinessFacts, vendor: Vendor): Readiness {
  const what = 'IOMMU groups';
  if (groupCount > 0) return { what, state: 'ok', found: `${groupCount} groups`, hint: null };
  const { firmware: name, option } = NAMES[vendor];
  const off = /(?:^|\s)((?:intel_|amd_)?iommu(?:\.passthrough)?=(?:off|0))(?:\s|$)/.exec(commandLine)?.[1];
  const hint =
    off !== undefined
      ? `'${off}' on the kernel command line switches it off: take that away, reboot`
      : option === undefined || commandLine.includes(option)
        ? `switch ${name} on in the firmware's setup`
        : `switch ${name} on in the firmware's setup and ${setOption.replace('{}', option)}`;
  return { what, state: 'missing', found: `none, although there are ${functionCount} functions`, hint };
}

function interrupts({ allowUnsafeInterrupts }: ReadinessFacts, vendor: Vendor): Readiness {
  const what = 'interrupt remapping';
  if (vendor !== 'intel' && vendor !== 'amd') return { what, state: 'ok', found: 'part of this architecture', hint: null };
  if (allowUnsafeInterrupts === undefined) return { what, state: 'unknown', found: 'vfio is not loaded, so it was not asked', hint: null };
  if (allowUnsafeInterrupts !== 'Y') return { what, state: 'ok', found: 'vfio insists on it', hint: null };
  return {
    what,
    state: 'missing',
    found: 'vfio is told to do without it',
    hint: 'guests could inject interrupts: remove allow_unsafe_interrupts unless the hardware leaves no choice',
  };
}
