/** The verdict on each function: everything the host does with it, looked at once for all of them. */
import { formatPciAddress } from '../../pci/address.ts';
import { decide, type Evidence, formatEvidence, type Verdict } from '../../state/verdict.ts';
import { isBridge, isVfioDriver, type NodeDevice } from '../../state/node-device.ts';
import type { HostReader } from '../port.ts';
import { readOpenDevices } from '../open-devices.ts';
import { readVfioNodes, type VfioNodes, vfioUsersOf } from '../vfio-users.ts';
import { type NodeMap, nodeUses, readNodeMap } from './device-nodes.ts';
import { type BlockMap, disksOf, readBlockMap, storageUses } from './block.ts';
import { type NetMap, networkUses, readNetMap } from './network.ts';
import { readShareMap, type ShareMap, shareUses } from './shares.ts';
import { type ConsoleMap, consoleUses, dependentUses, readConsoleMap } from './other.ts';

interface Surroundings {
  readonly port: HostReader;
  readonly block: BlockMap;
  readonly shares: ShareMap;
  readonly net: NetMap;
  readonly consoles: ConsoleMap;
  readonly nodes: NodeMap;
  readonly vfioNodes: VfioNodes;
  readonly guests: GuestClaims;
}

/** How evidence begins that comes from libvirt's own notes, not from who has a device open. */
export const LIBVIRT_GUEST = "libvirt's running guest";

/** Address of a function → guests whose running definition has it. */
export type GuestClaims = ReadonlyMap<string, readonly string[]>;

/** Judges every function of an inventory; the order is kept. */
export async function judgeAll(port: HostReader, all: readonly NodeDevice[], guests: GuestClaims = new Map()): Promise<Verdict[]> {
  const open = await readOpenDevices(port);
  const [block, shares, net, consoles] = await Promise.all([readBlockMap(port, open), readShareMap(port), readNetMap(port), readConsoleMap(port)]);
  const [nodes, vfioNodes] = [await readNodeMap(port, open), await readVfioNodes(port)];
  const surroundings = { port, block, shares, net, consoles, nodes, vfioNodes, guests };
  const own = await Promise.all(all.map((device) => ownFacts(surroundings, device)));
  const groups = groupIndexes(all);
  return all.map((device, i) => {
    const facts = own[i] ?? { obstacles: [], holders: [], uses: [], unreadable: [] };
    const mates = device.iommuGroup === undefined ? [] : (groups.get(device.iommuGroup) ?? []).filter((mate) => mate !== i);
    return decide({ ...facts, uses: [...facts.uses, ...mates.flatMap((mate) => mateUses(all[mate], own[mate]))] });
  });
}

function groupIndexes(all: readonly NodeDevice[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [i, { iommuGroup }] of all.entries()) {
    if (iommuGroup === undefined) continue;
    const members = groups.get(iommuGroup);
    if (members === undefined) groups.set(iommuGroup, [i]);
    else members.push(i);
  }
  return groups;
}

type Facts = Parameters<typeof decide>[0];

async function ownFacts(surroundings: Surroundings, device: NodeDevice): Promise<Facts> {
  const { port, block, shares, net, consoles, nodes } = surroundings;
  return {
    obstacles: obstaclesOf(device),
    holders: holdersOf(surroundings, device),
    uses: [
      ...storageUses(block, device.address),
      ...shareUses(shares, device.address),
      ...networkUses(net, device.address),
      ...consoleUses(consoles, device),
      ...nodeUses(nodes, device.address),
      ...(await dependentUses(port, device)),
    ],
    unreadable: await unreadableOf(surroundings, device),
  };
}

function obstaclesOf(device: NodeDevice): Evidence[] {
  if (isBridge(device)) return [{ kind: 'kind', chain: ['it is a bridge'] }];
  if (device.iommuGroup === undefined) return [{ kind: 'kind', chain: ['it has no IOMMU group, so it cannot be isolated'] }];
  return [];
}

function holdersOf({ nodes, vfioNodes, guests }: Surroundings, device: NodeDevice): Evidence[] {
  // libvirt's file may be older than what libvirt says: a function that has its host driver back is in no guest.
  const named = isVfioDriver(device.driver) ? (guests.get(formatPciAddress(device.address)) ?? []) : [];
  const claims = named.map((guest): Evidence => ({ kind: 'guest', chain: [`${LIBVIRT_GUEST} ${guest}`] }));
  // Whoever has the group open has all of it, whichever driver a member is with.
  const users = device.iommuGroup === undefined ? [] : vfioUsersOf(nodes.open, vfioNodes, device);
  const holders = users.map(
    (user): Evidence => ({
      kind: 'guest',
      chain: [user.path, user.guest === undefined ? `${user.command} (pid ${user.pid})` : `guest ${user.guest}, ${user.command} (pid ${user.pid})`],
    }),
  );
  return holders.length > 0 ? holders : claims;
}

/** Something in the kernel may claim a disk without showing it (ZFS, btrfs on several disks): opening it exclusively tells. */
async function unreadableOf({ port, block }: Surroundings, device: NodeDevice): Promise<Evidence[]> {
  const found: Evidence[] = [];
  if (device.netdevElsewhere) found.push({ kind: 'unreadable', chain: ['its interface', 'it is in another network namespace (a container, a pod)'] });
  for (const disk of disksOf(block, device.address)) {
    const state = await port.claimState(`/dev/${disk}`);
    if (state === 'claimed')
      found.push({ kind: 'unreadable', chain: [disk, 'something holds it that shows nowhere in sysfs (ZFS, a multi-device file system?)'] });
    if (state === 'unreadable') found.push({ kind: 'unreadable', chain: [disk, 'it cannot be opened; run as root to have it looked at'] });
  }
  return found;
}

/** vfio takes a group as a whole, so what a mate is used for counts as well. */
function mateUses(mate: NodeDevice | undefined, facts: Facts | undefined): Evidence[] {
  if (mate === undefined || facts === undefined) return [];
  return facts.uses.map((use): Evidence => ({ kind: 'group', chain: [`group mate ${formatPciAddress(mate.address)}`, formatEvidence(use)] }));
}
