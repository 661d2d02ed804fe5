/** Which processes hold a VFIO group open: taking the function from its driver would wait for them. */
import type { PciAddress } from '../pci/address.ts';
import { sysfsPath } from './inventory.ts';
import type { HostPort } from './port.ts';
import { readText } from './port.ts';

export interface VfioUser {
  readonly pid: number;
  readonly command: string;
}

/** Processes with the function's /dev/vfio/GROUP open, or its own device of the newer iommufd interface. */
export async function readVfioUsers(port: HostPort, address: PciAddress, group: number): Promise<VfioUser[]> {
  const own = (await port.list(`${sysfsPath(address)}/vfio-dev`)) ?? [];
  const wanted = new Set([`/dev/vfio/${group}`, ...own.map((name) => `/dev/vfio/devices/${name}`)]);
  const pids = ((await port.list('/proc')) ?? []).filter((name) => /^\d+$/.test(name));
  const users = await Promise.all(pids.map((pid) => readUser(port, pid, wanted)));
  return users.flatMap((user) => user ?? []);
}

async function readUser(port: HostPort, pid: string, wanted: ReadonlySet<string>): Promise<VfioUser | undefined> {
  const fds = (await port.list(`/proc/${pid}/fd`)) ?? [];
  for (const fd of fds) {
    const target = await port.readlink(`/proc/${pid}/fd/${fd}`);
    if (target !== undefined && wanted.has(target)) {
      return { pid: Number(pid), command: (await readText(port, `/proc/${pid}/comm`)) ?? '?' };
    }
  }
  return undefined;
}
