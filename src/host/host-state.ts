/** Reading a host in one pass: everything that judging and planning may know of it. */
import type { ClaimState, HostState, Unread } from '../state/host-state.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { type BlockMap, disksOf } from '../state/storage-uses.ts';
import { readGuestClaims } from './guest-claims.ts';
import { readInventory } from './inventory.ts';
import { readOpenDevices } from './open-devices.ts';
import type { HostReader } from './port.ts';
import { readBlockMap } from './usage/block.ts';
import { readConsoleMap } from './usage/consoles.ts';
import { readNodeMap } from './usage/device-nodes.ts';
import { readNetMap } from './usage/network.ts';
import { readShareMap } from './usage/shares.ts';
import { readVfioNodes } from './vfio-nodes.ts';

/**
 * Reads everything that is known of a host.
 *
 * @throws {HostdevError} `no-pci` when the tree has no PCI bus.
 */
export async function readHostState(port: HostReader): Promise<HostState> {
  const functions = await readInventory(port);
  const open = await readOpenDevices(port);
  const [block, shares, net, consoles] = await Promise.all([readBlockMap(port, open), readShareMap(port), readNetMap(port), readConsoleMap(port)]);
  const nodes = await readNodeMap(port, open);
  const [vfioNodes, guests] = [await readVfioNodes(port), await readGuestClaims(port)];
  const diskClaims = await readDiskClaims(port, block, functions);
  const unread = [...(await hiddenProcesses(port)), ...[...port.refused].map(([path, reason]) => ({ path, reason }))];
  return { functions, block, shares, net, consoles, nodes, vfioNodes, guests, diskClaims, unread };
}

/** /proc may be mounted so that one sees one's own processes only (hidepid). The first process is always there. */
async function hiddenProcesses(port: HostReader): Promise<Unread[]> {
  const names = (await port.list('/proc')) ?? [];
  const isHidden = names.some((name) => /^\d+$/.test(name)) && !names.includes('1');
  return isHidden ? [{ path: '/proc', reason: 'EPERM' }] : [];
}

async function readDiskClaims(port: HostReader, block: BlockMap, functions: readonly NodeDevice[]): Promise<ReadonlyMap<string, ClaimState>> {
  const disks = [...new Set(functions.flatMap(({ address }) => disksOf(block, address)))];
  return new Map(await Promise.all(disks.map(async (disk): Promise<[string, ClaimState]> => [disk, await port.claimState(`/dev/${disk}`)])));
}
