/** Which processes hold a function's VFIO devices: taking the function from its driver would wait for them. */
import { formatPciAddress } from '../pci/address.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { DeviceUser, OpenDevices } from './open-devices.ts';
import type { HostReader } from './port.ts';

/** Address of a function → its node of the newer iommufd interface, /dev/vfio/devices/vfioN. */
export type VfioNodes = ReadonlyMap<string, string>;

export async function readVfioNodes(port: HostReader): Promise<VfioNodes> {
  const found = new Map<string, string>();
  for (const name of (await port.list('/sys/class/vfio-dev')) ?? []) {
    const target = await port.readlink(`/sys/class/vfio-dev/${name}`);
    const address = /\/([0-9a-f:.]+)\/vfio-dev\/[^/]+$/.exec(target ?? '')?.[1];
    if (address !== undefined) found.set(address, `/dev/vfio/devices/${name}`);
  }
  return found;
}

/** Whoever has /dev/vfio/GROUP open, or the function's own node. */
export function vfioUsersOf(open: OpenDevices, nodes: VfioNodes, device: Pick<NodeDevice, 'address' | 'iommuGroup'>): readonly DeviceUser[] {
  const own = nodes.get(formatPciAddress(device.address));
  return [...(open.get(`/dev/vfio/${device.iommuGroup}`) ?? []), ...(own === undefined ? [] : (open.get(own) ?? []))];
}
