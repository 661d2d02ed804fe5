/** What goes away with a function because it was made of it: VFs with their PF, mediated devices with their parent. */
import { formatPciAddress } from '../pci/address.ts';
import type { NodeDevice } from './node-device.ts';
import type { Evidence } from './verdict.ts';

export function dependentUses({ sriov, mdevs }: Pick<NodeDevice, 'sriov' | 'mdevs'>): Evidence[] {
  const vfs = sriov?.virtualFunctions ?? [];
  const names = `PF with ${vfs.length} ${vfs.length === 1 ? 'VF' : 'VFs'}: ${vfs.map(formatPciAddress).join(', ')}`;
  return [
    ...(vfs.length === 0 ? [] : [{ kind: 'sriov' as const, chain: [names] }]),
    ...mdevs.map(({ uuid, type }): Evidence => ({ kind: 'mdev', chain: [`mediated device ${uuid}`, type] })),
  ];
}
