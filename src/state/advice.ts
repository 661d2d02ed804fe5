/** What to do on this machine about a function that cannot go as it is, beside what its refusal says. */
import { formatPciAddress, samePciAddress } from '../pci/address.ts';
import type { Judgment } from './judge.ts';
import { isBridge, type NodeDevice } from './node-device.ts';
import type { Readiness } from './readiness/finding.ts';

export interface MachineFacts {
  readonly functions: readonly NodeDevice[];
  /** What was found of the machine, as `hostdev check` without a function tells it. */
  readonly readiness: readonly Readiness[];
  /** How an option of the kernel is set here; `{}` stands for the option. */
  readonly setOption: string;
}

const MORE = 'more: docs/how-to/gpu.md';

/** Whether advice on a function needs to know more of the machine than its functions. */
export function needsMachine({ evidence }: Pick<Judgment, 'evidence'>): boolean {
  return evidence.some(({ kind }) => kind === 'console' || kind === 'no group');
}

/** Sentences on one function; none where there is nothing to do, or its refusal says it all. */
export function adviceOn({ device, evidence }: Pick<Judgment, 'device' | 'evidence'>, machine: MachineFacts): string[] {
  const has = (kind: string): boolean => evidence.some((each) => each.kind === kind);
  return [
    ...(has('no group') ? isolation(machine) : []),
    ...(has('console') && isDisplay(device) ? display(device, machine) : []),
    ...busReset(device, machine.functions),
  ];
}

/** That it has no group is mostly not the function's fault. */
function isolation({ readiness }: MachineFacts): string[] {
  return readiness.flatMap(({ what, state, hint }) =>
    what === 'IOMMU groups' && state === 'missing' && hint !== null ? [`on this machine: ${hint}; ${MORE}`] : [],
  );
}

/** Sources: the kernel's parameters `video` (framebuffers of the firmware, until 5.x) and `initcall_blacklist` (sysfb, since 5.14). */
function display(device: NodeDevice, { functions, setOption }: MachineFacts): string[] {
  const others = functions.filter((other) => isDisplay(other) && !samePciAddress(other.address, device.address) && other.physicalFunction === undefined);
  const names = others.map(({ address, driver }) => `${formatPciAddress(address)} (${driver ?? 'no driver'})`);
  const primary =
    names.length === 0
      ? 'this machine has no other graphics card: its console ends with this one, so have another way in first (network, serial line)'
      : `this machine also has ${names.join(', ')}: make that the first one in the firmware's setup`;
  return [`${primary}; to keep the boot's framebuffer off: ${setOption.replace('{}', 'initcall_blacklist=sysfb_init')}; ${MORE}`];
}

function isDisplay({ pciClass }: NodeDevice): boolean {
  return pciClass >> 16 === 0x03;
}

/** A bus is reset as a whole: vfio does so only for who has all functions on it. Source: the kernel's ABI document sysfs-bus-pci, `reset_method`. */
function busReset(device: NodeDevice, functions: readonly NodeDevice[]): string[] {
  if (device.resetMethods.length === 0 || device.resetMethods.some((method) => method !== 'bus')) return [];
  const { domain, bus } = device.address;
  const others = functions.filter(
    (other) => other.address.domain === domain && other.address.bus === bus && !samePciAddress(other.address, device.address) && !isBridge(other),
  );
  if (others.length === 0) return [];
  const names = others.map(({ address }) => formatPciAddress(address)).join(', ');
  return [`it can be reset only together with its bus, which ${names} ${others.length === 1 ? 'is' : 'are'} on as well: give them to the same guest; ${MORE}`];
}
