/** Which guests and other processes hold a function: whoever takes it from its driver would wait for them. */
import { formatPciAddress } from '../pci/address.ts';
import { isVfioDriver, type NodeDevice } from './node-device.ts';
import type { DeviceUser, OpenDevices } from './open-devices.ts';
import type { Evidence } from './verdict.ts';

/** Address of a function → guests whose running definition has it, by libvirt's own files. */
export type GuestClaims = ReadonlyMap<string, readonly string[]>;

/** Address of a function → its node of the newer iommufd interface, /dev/vfio/devices/vfioN. */
export type VfioNodes = ReadonlyMap<string, string>;

export interface Holders {
  readonly claims: GuestClaims;
  readonly vfioNodes: VfioNodes;
  readonly open: OpenDevices;
}

export function holdersOf({ claims, vfioNodes, open }: Holders, device: NodeDevice): Evidence[] {
  // libvirt's file may be older than what libvirt says: a function that has its host driver back is in no guest.
  const guests = isVfioDriver(device.driver) ? (claims.get(formatPciAddress(device.address)) ?? []) : [];
  // Whoever has the group open has all of it, whichever driver a member is with.
  const users = device.iommuGroup === undefined ? [] : vfioUsersOf(open, vfioNodes, device);
  if (users.length === 0) return guests.map((guest) => ({ kind: 'guest', chain: [`libvirt's running guest ${guest}`], guest, isNote: true }));
  return users.map(({ path, guest, command, pid }) => ({
    kind: 'guest',
    guest,
    chain: [path, guest === undefined ? `${command} (pid ${pid})` : `guest ${guest}, ${command} (pid ${pid})`],
  }));
}

/** Whoever has /dev/vfio/GROUP open, or the function's own node. */
function vfioUsersOf(open: OpenDevices, nodes: VfioNodes, device: Pick<NodeDevice, 'address' | 'iommuGroup'>): readonly DeviceUser[] {
  const own = nodes.get(formatPciAddress(device.address));
  return [...(open.get(`/dev/vfio/${device.iommuGroup}`) ?? []), ...(own === undefined ? [] : (open.get(own) ?? []))];
}
