/** Reading a host in one pass: everything that judging and planning may know of it. */
import type { ClaimState, HostState, Unread } from '../state/host-state.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { type BlockMap, disksOf } from '../state/storage-uses.ts';
import { readGuestClaims } from './guest-claims.ts';
import { readJudgedFunctions } from './inventory.ts';
import { readOpenDevices } from './open-devices.ts';
import type { HostReader } from './port.ts';
import { readOnce } from './read-once.ts';
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
 * @example
 * ```ts
 * import { formatEvidence, judge } from 'hostdev';
 * import { readHostState } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const port = fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', iommuGroup: 7 }]);
 * console.log(judge(await readHostState(port)).map(({ verdict, evidence }) => `${verdict} ${evidence.map(formatEvidence).join('; ')}`.trim()).join(', ')); // → free, free
 * ```
 */
export async function readHostState(machine: HostReader): Promise<HostState> {
  // What the machine refused to somebody else before is not what this reading lacks.
  const port = readOnce(machine);
  const functions = await readJudgedFunctions(port);
  const open = await readOpenDevices(port);
  const [block, shares, net, consoles] = await Promise.all([readBlockMap(port, open), readShareMap(port), readNetMap(port), readConsoleMap(port)]);
  const hidden = await hiddenProcesses(port);
  const seesAll = hidden.length === 0 && ![...port.refused.keys()].some((path) => path.startsWith('/proc'));
  const nodes = await readNodeMap(port, { open, seesAll });
  const [vfioNodes, guests] = [await readVfioNodes(port), await readGuestClaims(port)];
  const diskClaims = await readDiskClaims(port, block, functions);
  const unread = [...hidden, ...[...port.refused].map(([path, reason]) => ({ path, reason }))];
  return { functions, block, shares, net, consoles, nodes, vfioNodes, guests, diskClaims, unread };
}

/** /proc may be mounted so that one sees one's own processes only (hidepid). The first process is always there. */
async function hiddenProcesses(port: HostReader): Promise<Unread[]> {
  const names = (await port.list('/proc')) ?? [];
  const isHidden = names.some((name) => /^\d+$/.test(name)) && !names.includes('1');
  return isHidden ? [{ path: '/proc', reason: 'EPERM' }] : [];
}

async function readDiskClaims(port: HostReader, block: BlockMap, functions: readonly NodeDevice[]): Promise<ReadonlyMap<string, ClaimState>> {
  const claims = new Map<string, ClaimState>();
  // One after the other: an exclusive look at a disk and one at its partition would see each other.
  for (const disk of new Set(functions.flatMap(({ address }) => disksOf(block, address)))) claims.set(disk, await port.claimState(`/dev/${disk}`));
  return claims;
}
