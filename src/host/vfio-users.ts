/** Which processes hold a VFIO group open: taking the function from its driver would wait for them. */
import type { HostPort } from './port.ts';
import { readText } from './port.ts';

export interface VfioUser {
  readonly pid: number;
  readonly command: string;
}

/** Processes with /dev/vfio/GROUP (or a device of the newer cdev interface) open. */
export async function readVfioUsers(port: HostPort, group: number, cdev?: string): Promise<VfioUser[]> {
  const wanted = new Set([`/dev/vfio/${group}`, ...(cdev === undefined ? [] : [`/dev/vfio/devices/${cdev}`])]);
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
