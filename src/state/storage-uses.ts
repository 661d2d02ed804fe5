/** What would be lost with the disks of a function: everything that stands on them. */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { ByFunction } from './by-function.ts';
import type { DeviceUser } from './open-devices.ts';
import type { Evidence } from './verdict.ts';

/** The block devices of the machine, and who uses them; read once for all functions. */
export interface BlockMap {
  /** Disks and partitions by the function they hang on. */
  readonly byFunction: ByFunction;
  /** Name → names of devices built on it. */
  readonly holders: ReadonlyMap<string, readonly string[]>;
  /** Name → uses: `mounted on /`, `swap`. */
  readonly uses: ReadonlyMap<string, readonly string[]>;
  /** Name → programs that have it open. */
  readonly openers: ReadonlyMap<string, readonly DeviceUser[]>;
  /** Name → what it is: `LVM vg0-root`, `crypt luks-1`, `RAID md0`. */
  readonly labels: ReadonlyMap<string, string>;
}

/** Everything that would be lost with the disks of a function. */
export function storageUses(map: BlockMap, address: PciAddress): Evidence[] {
  return disksOf(map, address).flatMap((disk) => usesAbove(map, disk, [disk], new Set()));
}

/** The disks and partitions whose device hangs on the function. */
export function disksOf(map: BlockMap, address: PciAddress): readonly string[] {
  return map.byFunction.get(formatPciAddress(address)) ?? [];
}

/** Follows holders upwards; a chain ends at each use. */
function usesAbove(map: BlockMap, name: string, chain: readonly string[], seen: Set<string>): Evidence[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const here = (map.uses.get(name) ?? []).map((use): Evidence => ({ kind: 'storage', chain: [...chain, use] }));
  const open = (map.openers.get(name) ?? []).map((user): Evidence => ({ kind: 'storage', openBy: user.command, chain: [...chain, openBy(user)] }));
  const above = (map.holders.get(name) ?? []).flatMap((holder) => {
    const label = map.labels.get(holder) ?? holder;
    const found = usesAbove(map, holder, [...chain, label], seen);
    // A stack that nothing is mounted from is still somebody's: an open container, a running array.
    return found.length > 0 ? found : [{ kind: 'storage' as const, chain: [...chain, label] }];
  });
  return [...here, ...open, ...above];
}

function openBy({ guest, command, pid }: DeviceUser): string {
  return `open by ${guest === undefined ? '' : `guest ${guest}, `}${command} (pid ${pid})`;
}
