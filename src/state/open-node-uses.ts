/** Device nodes of a function that processes have open: a desktop on a graphics card, a player on a sound card. */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { ByFunction } from './by-function.ts';
import type { OpenDevices } from './open-devices.ts';
import type { Evidence } from './verdict.ts';

export interface NodeMap {
  /** Paths below /dev, by function. */
  readonly byFunction: ByFunction;
  readonly open: OpenDevices;
}

export function nodeUses(map: NodeMap, address: PciAddress): Evidence[] {
  return (map.byFunction.get(formatPciAddress(address)) ?? []).flatMap((node) =>
    (map.open.get(node) ?? []).map((user): Evidence => ({ kind: 'open', openBy: user.command, chain: [node, `open by ${user.command} (pid ${user.pid})`] })),
  );
}
