/** Directories that a hypervisor shares over a PCI function (9p, virtiofs): inside a guest, taking that function loses them. */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { ByFunction } from './by-function.ts';
import type { Evidence } from './verdict.ts';

export interface ShareMap {
  /** Tags of shares, by function. */
  readonly byFunction: ByFunction;
  /** Tag → where it is mounted. */
  readonly mounts: ReadonlyMap<string, readonly string[]>;
}

export function shareUses(map: ShareMap, address: PciAddress): Evidence[] {
  return (map.byFunction.get(formatPciAddress(address)) ?? []).flatMap((tag) =>
    (map.mounts.get(tag) ?? []).map((where): Evidence => ({ kind: 'storage', chain: [`share ${tag}`, `mounted on ${where}`] })),
  );
}
