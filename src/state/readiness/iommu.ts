/** Whether the machine isolates PCI functions from each other: firmware, kernel, interrupts. */
import type { ReadinessFacts } from './facts.ts';
import type { Readiness } from './finding.ts';
import { type Vendor, vendorOf } from './vendor.ts';
import { type VirtualMachine, virtualMachine } from './virtual-machine.ts';

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
  const outer = virtualMachine(facts);
  return [...thisMachine(outer), firmware(facts, { vendor, outer }), groups(facts, { vendor, outer }), interrupts(facts, vendor)];
}

/** What decides who gives the machine its IOMMU, and what that is called. */
interface Machine {
  readonly vendor: Vendor;
  /** Where it is a guest itself. */
  readonly outer: VirtualMachine | undefined;
}

function thisMachine(outer: VirtualMachine | undefined): Readiness[] {
  if (outer === undefined) return [];
  const { hypervisor, evidence } = outer;
  const found = `a virtual machine${hypervisor === undefined ? '' : ` of ${hypervisor}`} (${evidence.join('; ')})`;
  return [{ what: 'this machine', state: 'ok', found, hint: 'guests in it need nested virtualization, and a virtual IOMMU for host functions' }];
}

function firmware({ iommuUnits, acpiTables }: ReadinessFacts, { vendor, outer }: Machine): Readiness {
  const { firmware: name, table: usual } = NAMES[vendor];
  const table = offered(acpiTables) ?? usual;
  const what = 'IOMMU in the firmware';
  if (vendor === 'ibm-z') return { what, state: 'ok', found: 'part of this architecture', hint: null };
  if (iommuUnits.length > 0) return { what, state: 'ok', found: iommuUnits.join(', '), hint: null };
  if (table !== undefined && acpiTables?.includes(table) === true) return { what, state: 'ok', found: `the firmware offers it (${table})`, hint: null };
  if (table === undefined || acpiTables === undefined) return { what, state: 'unknown', found: 'this kernel does not say', hint: null };
  return {
    what,
    state: 'missing',
    found: `there is no ${table} table`,
    hint: outer?.hint ?? `switch ${name} on in the firmware's setup; without it no function can be isolated`,
  };
}

/** Table of an IOMMU that is there: that of a guest may be another maker's than the processor. */
function offered(acpiTables: ReadinessFacts['acpiTables']): string | undefined {
  return ['DMAR', 'IVRS'].find((table) => acpiTables?.includes(table) === true);
}

function groups(facts: ReadinessFacts, machine: Machine): Readiness {
  const what = 'IOMMU groups';
  const { groupCount, functionCount } = facts;
  if (groupCount > 0) return { what, state: 'ok', found: `${groupCount} groups`, hint: null };
  return { what, state: 'missing', found: `none, although there are ${functionCount} functions`, hint: howToGetGroups(facts, machine) };
}

function howToGetGroups({ commandLine, setOption, acpiTables }: ReadinessFacts, { vendor, outer }: Machine): string {
  const off = /(?:^|\s)((?:intel_|amd_)?iommu(?:\.passthrough)?=(?:off|0))(?:\s|$)/.exec(commandLine)?.[1];
  if (off !== undefined) return `'${off}' on the kernel command line switches it off: take that away, reboot`;
  const table = offered(acpiTables);
  const { firmware: name, option } = Object.values(NAMES).find((each) => table !== undefined && each.table === table) ?? NAMES[vendor];
  const isMissing = option !== undefined && !commandLine.includes(option);
  const set = isMissing ? setOption.replace('{}', option) : undefined;
  // A virtual IOMMU that is there needs no more than the kernel's option.
  if (outer !== undefined) return table === undefined ? outer.hint : (set ?? outer.hint);
  return `switch ${name} on in the firmware's setup${set === undefined ? '' : ` and ${set}`}`;
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
