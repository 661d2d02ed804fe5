/** Whether somebody has begun to use what is about to be touched. */
import { readHolders } from '../host/holders.ts';
import { readHostState } from '../host/host-state.ts';
import { readNodeDevice } from '../host/inventory.ts';
import type { HostPort } from '../host/port.ts';
import { readOnce } from '../host/read-once.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { holdersOf } from '../state/holders.ts';
import { judge, judgmentOf } from '../state/judge.ts';
import { type Evidence, formatEvidence } from '../state/verdict.ts';

/**
 * Who holds one of these functions, in words; undefined when nobody does. Of a function that is with VFIO only that counts: what the
 * host does with others of its group is not touched by giving it back. Reads no more than it takes.
 */
export async function findHolder(port: HostPort, addresses: readonly PciAddress[]): Promise<string | undefined> {
  const devices = await Promise.all(addresses.map((address) => readNodeDevice(port, address)));
  const there = devices.filter((device) => device !== undefined);
  // Nobody can hold what is not there.
  if (there.length === 0) return undefined;
  const holders = await readHolders(port);
  return firstUsed(there.map((device) => [device.address, holdersOf(holders, device)]));
}

/** Who uses one of these functions, guests and the host itself, in words; undefined when nobody does. */
export async function findUser(port: HostPort, addresses: readonly PciAddress[]): Promise<string | undefined> {
  if (addresses.length === 0) return undefined;
  const judgments = judge(await readHostState(readOnce(port)));
  return firstUsed(addresses.map((address) => [address, judgmentOf(judgments, address)?.uses ?? []]));
}

function firstUsed(all: readonly (readonly [PciAddress, readonly Evidence[]])[]): string | undefined {
  const [address, evidence] = all.find(([, found]) => found.length > 0) ?? [];
  return address === undefined ? undefined : `${formatPciAddress(address)} is in use by now: ${(evidence ?? []).map(formatEvidence).join('; ')}`;
}
