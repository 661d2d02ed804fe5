/** The verdict on each function: everything the host does with it, looked at once for all of them. */
import { formatPciAddress, samePciAddress } from '../../pci/address.ts';
import { decide, type Evidence, formatEvidence, type Verdict } from '../../plan/verdict.ts';
import { isBridge, isVfioDriver, type NodeDevice } from '../node-device.ts';
import type { HostPort } from '../port.ts';
import { readVfioUsers } from '../vfio-users.ts';
import { type BlockMap, disksOf, readBlockMap, storageUses } from './block.ts';
import { type NetMap, networkUses, readNetMap } from './network.ts';
import { type ConsoleMap, consoleUses, dependentUses, readConsoleMap } from './other.ts';

interface Surroundings {
  readonly port: HostPort;
  readonly block: BlockMap;
  readonly net: NetMap;
  readonly consoles: ConsoleMap;
  readonly all: readonly NodeDevice[];
}

/** Judges every function of an inventory; the order is kept. */
export async function judgeAll(port: HostPort, all: readonly NodeDevice[]): Promise<Verdict[]> {
  const [block, net, consoles] = await Promise.all([readBlockMap(port), readNetMap(port), readConsoleMap(port)]);
  const surroundings = { port, block, net, consoles, all };
  const own = await Promise.all(all.map((device) => ownFacts(surroundings, device)));
  return all.map((device, i) => {
    const facts = own[i] ?? { obstacles: [], holders: [], uses: [], unreadable: [] };
    return decide({ ...facts, uses: [...facts.uses, ...mateUses(device, all, own)] });
  });
}

type Facts = Parameters<typeof decide>[0];

async function ownFacts(surroundings: Surroundings, device: NodeDevice): Promise<Facts> {
  const { port, block, net, consoles } = surroundings;
  return {
    obstacles: obstaclesOf(device),
    holders: await holdersOf(port, device),
    uses: [
      ...storageUses(block, device.address),
      ...networkUses(net, device.address),
      ...consoleUses(consoles, device),
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

async function holdersOf(port: HostPort, device: NodeDevice): Promise<Evidence[]> {
  if (device.iommuGroup === undefined || !isVfioDriver(device.driver)) return [];
  const users = await readVfioUsers(port, device.address, device.iommuGroup);
  return users.map((user) => ({ kind: 'guest', chain: [`/dev/vfio/${device.iommuGroup}`, `${user.command} (pid ${user.pid})`] }));
}

/** Something in the kernel may claim a disk without showing it (ZFS, btrfs on several disks): opening it exclusively tells. */
async function unreadableOf({ port, block }: Surroundings, device: NodeDevice): Promise<Evidence[]> {
  const found: Evidence[] = [];
  for (const disk of disksOf(block, device.address)) {
    const state = await port.claimState(`/dev/${disk}`);
    if (state === 'claimed')
      found.push({ kind: 'unreadable', chain: [disk, 'something holds it that shows nowhere in sysfs (ZFS, a multi-device file system?)'] });
    if (state === 'unreadable') found.push({ kind: 'unreadable', chain: [disk, 'it cannot be opened; run as root to have it looked at'] });
  }
  return found;
}

/** vfio takes a group as a whole, so what a mate is used for counts as well. */
function mateUses(device: NodeDevice, all: readonly NodeDevice[], own: readonly Facts[]): Evidence[] {
  if (device.iommuGroup === undefined) return [];
  return all.flatMap((mate, i) => {
    if (mate.iommuGroup !== device.iommuGroup || samePciAddress(mate.address, device.address)) return [];
    return (own[i]?.uses ?? []).map((use): Evidence => ({ kind: 'group', chain: [`group mate ${formatPciAddress(mate.address)}`, formatEvidence(use)] }));
  });
}
