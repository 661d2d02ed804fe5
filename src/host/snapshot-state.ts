/** What a snapshot says about its host, without the host. */
import { readHostState } from './host-state.ts';
import type { HostState } from '../state/host-state.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { snapshotPort } from './snapshot-port.ts';

/**
 * Everything that is known of the host that a snapshot was made of: what `judge` and the planners take.
 *
 * @throws {HostdevError} `no-pci` when the host had no PCI bus.
 * @example
 * ```ts
 * import { formatPciAddress, judge, parseSnapshot, readSnapshotState } from 'hostdev';
 * const device = '/sys/bus/pci/devices/0000:01:00.0';
 * const snapshot = parseSnapshot(JSON.stringify({
 *   format: 'hostdev-snapshot', version: 1, made: '2026-01-01T00:00:00Z', redacted: false,
 *   files: Object.fromEntries([['vendor', '0x8086'], ['device', '0x10d3'], ['class', '0x020000']].map(([name, text]) => [`${device}/${name}`, { text }])),
 *   links: { [`${device}/iommu_group`]: '../../kernel/iommu_groups/7' },
 *   directories: { '/sys/bus/pci/devices': ['0000:01:00.0'], [device]: ['class', 'device', 'iommu_group', 'vendor'] },
 *   addresses: {}, sessionAddress: null, claims: {},
 * }), 'host.json');
 * for (const { device: { address }, verdict } of judge(await readSnapshotState(snapshot))) {
 *   console.log(formatPciAddress(address), verdict); // → 0000:01:00.0 free
 * }
 * ```
 */
export function readSnapshotState(snapshot: Snapshot): Promise<HostState> {
  return readHostState(snapshotPort(snapshot));
}
