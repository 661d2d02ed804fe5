/** The only place that decides whether functions may be given away: what uses them, what holds them, what must go with them, why not. */
import { formatPciAddress, samePciAddress, type PciAddress } from '../pci/address.ts';
import { refuseAbsent } from './absent-functions.ts';
import { type Companion, companionsOf, formatCompanion, isBehind } from './companions.ts';
import { consoleUses } from './console-uses.ts';
import { dependentUses } from './dependent-uses.ts';
import { holdersOf } from './holders.ts';
import type { HostState } from './host-state.ts';
import { networkUses } from './network-uses.ts';
import { isBridge, type NodeDevice } from './node-device.ts';
import { nodeUses } from './open-node-uses.ts';
import { shareUses } from './share-uses.ts';
import { disksOf, storageUses } from './storage-uses.ts';
import { unreadEvidence } from './unread.ts';
import { decide, type Evidence, formatEvidence, type UsageFacts, type Verdict } from './verdict.ts';

/** A function, and everything there is to say about giving it away. */
export interface Judgment extends Verdict {
  readonly device: NodeDevice;
  /** The rest of its IOMMU group, with what uses each. */
  readonly companions: readonly Companion[];
}

/**
 * Judges every function of a host, in the order of `state.functions`.
 *
 * @example
 * ```ts
 * import { formatPciAddress, judge } from 'hostdev';
 * import { readHostState } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const state = await readHostState(fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', driver: 'nvme', iommuGroup: 7 }]));
 * console.log(judge(state).map(({ device, verdict }) => `${formatPciAddress(device.address)} ${verdict}`).join(', ')); // → 0000:01:00.0 free, 0000:01:00.1 free
 * ```
 */
export function judge(state: HostState): Judgment[] {
  const own = new Map(state.functions.map((device) => [device, ownFacts(state, device)]));
  const factsOf = (device: NodeDevice): UsageFacts => own.get(device) ?? NOTHING;
  const groups = groupMembers(state.functions);
  return state.functions.map((device) => {
    const members = device.iommuGroup === undefined ? [device] : (groups.get(device.iommuGroup) ?? []);
    const companions = companionsOf(device, members, (member) => factsOf(member).uses);
    const mates = members.filter((member) => member !== device && !isBehind(member, device));
    return { device, companions, ...decide(together(state, device, { own: factsOf(device), companions, mates, factsOf })) };
  });
}

interface Together {
  readonly own: UsageFacts;
  readonly companions: readonly Companion[];
  readonly mates: readonly NodeDevice[];
  readonly factsOf: (device: NodeDevice) => UsageFacts;
}

/** vfio takes a group as a whole, and a controller takes its domain with it: what is said of those counts as well. */
function together(state: HostState, device: NodeDevice, { own, companions, mates, factsOf }: Together): UsageFacts {
  const through = (words: string, others: readonly NodeDevice[], facts: 'uses' | 'unreadable'): Evidence[] =>
    others.flatMap((other) =>
      factsOf(other)[facts].map((use) => ({ ...use, kind: 'group' as const, chain: [`${words} ${formatPciAddress(other.address)}`, formatEvidence(use)] })),
    );
  // Only functions of big domains are behind another one.
  const behind = farFunctions(state).filter((other) => isBehind(other, device));
  const all = (facts: 'uses' | 'unreadable'): Evidence[] => [...own[facts], ...through('group mate', mates, facts), ...through('behind it', behind, facts)];
  const kept = device.iommuGroup === undefined || isBridge(device) ? [] : companions.flatMap((each) => keptByBridge(device.iommuGroup, each));
  return { obstacles: [...own.obstacles, ...kept], holders: own.holders, uses: all('uses'), unreadable: all('unreadable') };
}

const far = new WeakMap<HostState, readonly NodeDevice[]>();

function farFunctions(state: HostState): readonly NodeDevice[] {
  const known = far.get(state) ?? state.functions.filter(({ domainController }) => domainController !== undefined);
  far.set(state, known);
  return known;
}

function groupMembers(functions: readonly NodeDevice[]): ReadonlyMap<number, readonly NodeDevice[]> {
  const groups = new Map<number, NodeDevice[]>();
  for (const device of functions) {
    if (device.iommuGroup === undefined) continue;
    const members = groups.get(device.iommuGroup);
    if (members === undefined) groups.set(device.iommuGroup, [device]);
    else members.push(device);
  }
  return groups;
}

/**
 * The judgment on one function; undefined when the host has none of that address.
 *
 * @example
 * ```ts
 * import { judge, judgmentOf, parsePciAddress } from 'hostdev';
 * import { readHostState } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const state = await readHostState(fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', driver: 'nvme', iommuGroup: 7 }]));
 * console.log(judgmentOf(judge(state), parsePciAddress('01:00.0'))?.verdict); // → free
 * ```
 */
export function judgmentOf(judgments: readonly Judgment[], address: PciAddress): Judgment | undefined {
  return judgments.find(({ device }) => samePciAddress(device.address, address));
}

/**
 * Judgments on the functions named, in that order.
 *
 * @throws {HostdevError} `function-unknown` for all that are not there.
 */
export function requireJudgments(judgments: readonly Judgment[], addresses: readonly PciAddress[]): Judgment[] {
  const found = addresses.map((address) => judgmentOf(judgments, address));
  refuseAbsent(
    judgments.map(({ device }) => device.address),
    addresses.filter((_, i) => found[i] === undefined),
  );
  return found.filter((judgment) => judgment !== undefined);
}

/**
 * The judgment on a function that has to be there.
 *
 * @throws {HostdevError} `function-unknown`.
 */
export function requireJudgment(judgments: readonly Judgment[], address: PciAddress): Judgment {
  const [found] = requireJudgments(judgments, [address]);
  return found as Judgment;
}

/** The physical function of a virtual one, where the host has both. */
export function physicalFunctionOf(judgments: readonly Judgment[], { physicalFunction }: NodeDevice): NodeDevice | undefined {
  return physicalFunction === undefined ? undefined : judgmentOf(judgments, physicalFunction)?.device;
}

const NOTHING: UsageFacts = { obstacles: [], holders: [], uses: [], unreadable: [] };

function ownFacts(state: HostState, device: NodeDevice): UsageFacts {
  const { block, shares, net, consoles, nodes, vfioNodes, guests } = state;
  return {
    obstacles: obstaclesOf(device),
    holders: holdersOf({ claims: guests, vfioNodes, open: nodes.open }, device),
    uses: [
      ...storageUses(block, device.address),
      ...shareUses(shares, device.address),
      ...networkUses(net, device.address),
      ...consoleUses(consoles, device),
      ...nodeUses(nodes, device.address),
      ...dependentUses(device),
    ],
    unreadable: [...identity(device), ...elsewhere(device), ...claims(state, device), ...unreadEvidence(state, device)],
  };
}

function obstaclesOf(device: NodeDevice): Evidence[] {
  // Of what cannot be read nothing is missing for sure.
  if (device.unread.length > 0) return [];
  if (isBridge(device)) return [{ kind: 'bridge', chain: ['it is a bridge'] }];
  if (!device.answers)
    return [{ kind: 'dead', chain: ['it does not answer (its config space reads 0xff)', 'it needs a power cycle, often of the whole machine'] }];
  const { domainController } = device;
  if (device.address.domain > 0xffff) {
    const controller = domainController === undefined ? 'a controller of its own domain' : `the VMD controller ${formatPciAddress(domainController)}`;
    return [
      {
        kind: 'VMD',
        chain: [`it is behind ${controller}`, 'it cannot go without that one; VMD switched off in the firmware shows it as an ordinary function'],
      },
    ];
  }
  if (device.iommuGroup === undefined) return [{ kind: 'no group', chain: ['it has no IOMMU group, so it cannot be isolated'] }];
  return [];
}

/** An ISA bridge has no driver of vfio, and nothing takes its own driver off while the host needs it. */
function keptByBridge(group: number | undefined, companion: Companion): Evidence[] {
  if (!companion.mustGo || !companion.isBridge) return [];
  return [
    { kind: 'group', chain: [`IOMMU group ${group} has ${formatCompanion(companion)}`, 'a bridge cannot be taken, and its driver keeps the group from vfio'] },
  ];
}

function identity({ unread }: NodeDevice): Evidence[] {
  return unread.length === 0 ? [] : [{ kind: 'unreadable', chain: ['what it is', `${unread.join(', ')} cannot be read; run as root to have it looked at`] }];
}

function elsewhere({ netdevElsewhere }: NodeDevice): Evidence[] {
  return netdevElsewhere ? [{ kind: 'unreadable', chain: ['its interface', 'it is in another network namespace (a container, a pod)'] }] : [];
}

/** Something in the kernel may claim a disk without showing it (ZFS, btrfs on several disks): opening it exclusively tells. */
const CLAIM_WORDS = {
  claimed: 'something holds it that shows nowhere in sysfs (ZFS, a multi-device file system?)',
  unreadable: 'it cannot be opened; run as root to have it looked at',
  'not asked': 'whether something holds it cannot be asked of a copy of the machine',
} as const;

function claims({ block, diskClaims }: HostState, device: NodeDevice): Evidence[] {
  return disksOf(block, device.address).flatMap((disk): Evidence[] => {
    const claim = diskClaims.get(disk) ?? 'not asked';
    return claim === 'free' ? [] : [{ kind: 'unreadable', chain: [disk, CLAIM_WORDS[claim]] }];
  });
}
