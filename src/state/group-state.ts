/** How an IOMMU group stands between the host and VFIO. Source: the kernel's documentation of VFIO, "Groups, Devices, and IOMMUs". */
import { mustGo } from './companions.ts';
import { isPciPort, isVfioDriver, type NodeDevice } from './node-device.ts';

/**
 * `vfio`: a guest may open it (viable). `host`: its functions are with host drivers. `mixed`: some are with VFIO and some with host drivers, so that
 * nobody may open it (not viable). `idle`: no driver has any of it. `ports`: there is nothing but ports in it.
 */
export const GROUP_STATES = ['vfio', 'host', 'mixed', 'idle', 'ports'] as const;
export type GroupState = (typeof GROUP_STATES)[number];

/** The state of each IOMMU group, by its number. */
export function groupStates(functions: readonly NodeDevice[]): ReadonlyMap<number, GroupState> {
  const groups = new Map<number, NodeDevice[]>();
  for (const device of functions) {
    if (device.iommuGroup !== undefined) groups.set(device.iommuGroup, [...(groups.get(device.iommuGroup) ?? []), device]);
  }
  return new Map([...groups].map(([group, members]) => [group, stateOf(members)]));
}

function stateOf(members: readonly NodeDevice[]): GroupState {
  // Ports may stay with the kernel in a group that goes to vfio.
  const drivers = members.filter((member) => !isPciPort(member)).map(({ driver }) => driver);
  if (drivers.length === 0) return 'ports';
  const isWithHost = drivers.some(mustGo);
  const isWithVfio = drivers.some(isVfioDriver);
  if (isWithHost) return isWithVfio ? 'mixed' : 'host';
  return isWithVfio ? 'vfio' : 'idle';
}
