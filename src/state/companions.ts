/** What must go with a function: vfio gives an IOMMU group to a guest as a whole. Source: the kernel's documentation of VFIO, "Groups, Devices, and IOMMUs". */
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { className } from './class-names.ts';
import type { HostState } from './host-state.ts';
import { isBridge, isPciPort, isVfioDriver, type NodeDevice } from './node-device.ts';
import type { Evidence, Verdict } from './verdict.ts';

export interface Companion {
  readonly address: PciAddress;
  /** `ISA bridge`, `audio device`: what the class code says. */
  readonly className: string;
  readonly driver: string | undefined;
  /** Whether it is with a host driver, so that the group stays with the host until it has gone too. */
  readonly mustGo: boolean;
  /** A bridge that is no port (ISA, CardBus): nobody can have it, but its driver is in the way. */
  readonly isBridge: boolean;
  /** What the host does with it. */
  readonly uses: readonly Evidence[];
}

/** Drivers that do nothing with a function. */
const PASSIVE: ReadonlySet<string> = new Set(['pci-stub']);

/**
 * The other members of a function's group, but for ports: those cannot reach the guest's memory by themselves. What is in a PCI domain that
 * the function itself makes (behind a VMD controller) goes away with it and is no companion.
 */
export function companionsOf(device: NodeDevice, members: readonly NodeDevice[], usesOf: (member: NodeDevice) => readonly Evidence[]): Companion[] {
  return members
    .filter((member) => !samePciAddress(member.address, device.address) && !isPciPort(member) && !isBehind(member, device))
    .map((member) => ({
      address: member.address,
      className: className(member.pciClass),
      driver: member.driver,
      mustGo: mustGo(member.driver),
      isBridge: isBridge(member),
      uses: usesOf(member),
    }));
}

/** Whether a group stays with the host until a member with this driver has gone too. */
export function mustGo(driver: string | undefined): boolean {
  return driver !== undefined && !isVfioDriver(driver) && !PASSIVE.has(driver);
}

/** Whether a function is in the PCI domain that another one makes. */
export function isBehind({ domainController }: NodeDevice, device: NodeDevice): boolean {
  return domainController !== undefined && samePciAddress(domainController, device.address);
}

/**
 * The functions named, then the rest of their groups that a guest could have: bridges stay with the kernel.
 *
 * @example
 * ```ts
 * import { formatPciAddress, withGroupMates } from 'hostdev';
 * import { readHostState } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const state = await readHostState(fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', driver: 'nvme', iommuGroup: 7 }]));
 * const all = withGroupMates(state, state.functions.slice(0, 1));
 * console.log(all.map(({ address }) => formatPciAddress(address)).join(' ')); // → 0000:01:00.0 0000:01:00.1
 * ```
 */
export function withGroupMates({ functions }: Pick<HostState, 'functions'>, named: readonly NodeDevice[]): NodeDevice[] {
  const groups = new Set(named.flatMap(({ iommuGroup }) => iommuGroup ?? []));
  const isNamed = (device: NodeDevice): boolean => named.some(({ address }) => samePciAddress(address, device.address));
  const takeable = (device: NodeDevice): boolean => !isBridge(device) && !named.some((each) => isBehind(device, each));
  const mates = functions.filter((device) => device.iommuGroup !== undefined && groups.has(device.iommuGroup) && !isNamed(device) && takeable(device));
  return [...named, ...mates];
}

/**
 * `0000:01:00.1 (audio device, snd_hda_intel)`
 *
 * @example
 * ```ts
 * import { formatCompanion, judge } from 'hostdev';
 * import { readHostState } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const state = await readHostState(fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', driver: 'nvme', iommuGroup: 7 }]));
 * console.log(judge(state)[0]?.companions.map(formatCompanion).join(', ')); // → 0000:01:00.1 (NVMe controller, nvme)
 * ```
 */
export function formatCompanion({ address, className: what, driver }: Companion): string {
  return `${formatPciAddress(address)} (${what}, ${driver ?? 'no driver'})`;
}

/** Group mates that are with a host driver and not among those that would go. */
export function missingCompanions({ companions }: { readonly companions: readonly Companion[] }, together: readonly PciAddress[]): Companion[] {
  return companions.filter(({ address, mustGo }) => mustGo && !together.some((each) => samePciAddress(each, address)));
}

/** The verdict as people read it: a free function whose group mates are with host drivers goes only together with those. */
export function verdictWords({ verdict }: Pick<Verdict, 'verdict'>, missing: readonly Companion[]): string {
  return verdict !== 'free' || missing.length === 0 ? verdict : `free together with ${missing.map(formatCompanion).join(', ')}`;
}
