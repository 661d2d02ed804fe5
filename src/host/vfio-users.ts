/** Which processes hold VFIO devices open: taking the function from its driver would wait for them. */
import { formatPciAddress } from '../pci/address.ts';
import type { NodeDevice } from './node-device.ts';
import type { HostReader } from './port.ts';
import { readText } from './port.ts';

export interface VfioUser {
  readonly pid: number;
  readonly command: string;
  /** Name of the guest, where the process is a QEMU that says it. */
  readonly guest: string | undefined;
  /** What it has open: /dev/vfio/GROUP, or the function's own device of the newer iommufd interface. */
  readonly path: string;
}

/** Path of a VFIO device → who has it open. */
export type OpenVfio = ReadonlyMap<string, readonly VfioUser[]>;

/** Looks through all processes once. The devices of iommufd are kept under the function's address. */
export async function readOpenVfio(port: HostReader): Promise<OpenVfio> {
  const open = new Map<string, VfioUser[]>();
  const functions = await readVfioDevices(port);
  for (const pid of ((await port.list('/proc')) ?? []).filter((name) => /^\d+$/.test(name))) {
    const paths = new Set<string>();
    for (const fd of (await port.list(`/proc/${pid}/fd`)) ?? []) {
      const target = await port.readlink(`/proc/${pid}/fd/${fd}`);
      if (target?.startsWith('/dev/vfio/') === true && target !== '/dev/vfio/vfio') paths.add(target);
    }
    if (paths.size === 0) continue;
    const command = (await readText(port, `/proc/${pid}/comm`)) ?? '?';
    const guest = /(?:^|\0)-name\0(?:guest=)?([^,\0]+)/.exec((await readText(port, `/proc/${pid}/cmdline`, 64 * 1024)) ?? '')?.[1];
    for (const path of paths) {
      const key = functions.get(path) ?? path;
      open.set(key, [...(open.get(key) ?? []), { pid: Number(pid), command, guest, path }]);
    }
  }
  return open;
}

export function vfioUsersOf(open: OpenVfio, device: Pick<NodeDevice, 'address' | 'iommuGroup'>): readonly VfioUser[] {
  return [...(open.get(`/dev/vfio/${device.iommuGroup}`) ?? []), ...(open.get(formatPciAddress(device.address)) ?? [])];
}

/** /dev/vfio/devices/vfioN → address of its function. */
async function readVfioDevices(port: HostReader): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of (await port.list('/sys/class/vfio-dev')) ?? []) {
    const target = await port.readlink(`/sys/class/vfio-dev/${name}`);
    const address = /\/([0-9a-f:.]+)\/vfio-dev\/[^/]+$/.exec(target ?? '')?.[1];
    if (address !== undefined) found.set(`/dev/vfio/devices/${name}`, address);
  }
  return found;
}
