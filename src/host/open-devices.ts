/** Reads which processes have device nodes open. */
import type { DeviceUser, OpenDevices } from '../state/open-devices.ts';
import { type HostReader, readText } from './port.ts';

/** Nodes behind which there may be a PCI function. Terminals, pipes and the like are most of what processes have open. */
const INTERESTING = /^\/dev\/(?:vfio|dri|snd|accel|nvidia|video|dvb|infiniband|bus\/usb|uio|sg|n?st\d|nvme|sd|vd|xvd|dm-|md|mapper|nbd|zd|mmcblk|loop\d|ng\d)/;

/** Nodes of disks: who only looks at one has it open for a moment. */
const DISK = /^\/dev\/(?:nvme\d+n|sd|vd|xvd|dm-|md|nbd|zd|mmcblk|loop\d)/;

/** open(2): access modes, of which reading is 0, and O_NONBLOCK; the same on all of Linux's machines that have PCI and KVM, but for MIPS. */
const ACCESS_MODE = 0o3;
const NONBLOCK = 0o4000;

/** Longer than anybody looks at a disk, as udev does, or another hostdev on a machine that has much to do. */
const LOOK_MS = 250;

interface Opening {
  readonly pid: string;
  readonly fd: string;
  readonly path: string;
}

/** Looks through all processes once, and again at those that may only be looking themselves; without root only one's own are seen. */
export async function readOpenDevices(port: HostReader): Promise<OpenDevices> {
  const found: Opening[] = [];
  for (const pid of ((await port.list('/proc')) ?? []).filter((name) => /^\d+$/.test(name))) {
    for (const fd of (await port.list(`/proc/${pid}/fd`)) ?? []) {
      const path = await port.readlink(`/proc/${pid}/fd/${fd}`);
      if (path !== undefined && INTERESTING.test(path)) found.push({ pid, fd, path });
    }
  }
  const open = new Map<string, DeviceUser[]>();
  for (const [pid, paths] of byProcess(await withoutLooks(port, found))) {
    const command = (await readText(port, `/proc/${pid}/comm`)) ?? '?';
    const guest = /(?:^|\0)-name\0(?:guest=)?([^,\0]+)/.exec((await readText(port, `/proc/${pid}/cmdline`, 64 * 1024)) ?? '')?.[1];
    for (const path of paths) open.set(path, [...(open.get(path) ?? []), { pid: Number(pid), command, guest, path }]);
  }
  return open;
}

function byProcess(found: readonly Opening[]): Map<string, Set<string>> {
  const processes = new Map<string, Set<string>>();
  for (const { pid, path } of found) processes.set(pid, (processes.get(pid) ?? new Set()).add(path));
  return processes;
}

/** Without the disks that somebody has looked at only: open for reading, without waiting, and let go a moment later. */
async function withoutLooks(port: HostReader, found: readonly Opening[]): Promise<readonly Opening[]> {
  const looks: Opening[] = [];
  for (const opening of found) if (await mayBeLook(port, opening)) looks.push(opening);
  if (looks.length === 0) return found;
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const over = new Set<Opening>();
  // By the name that a process has as its own first thread: whoever keeps what was read has not read that.
  for (const look of looks) if ((await port.readlink(`/proc/${look.pid}/task/${look.pid}/fd/${look.fd}`)) !== look.path) over.add(look);
  return found.filter((opening) => !over.has(opening));
}

async function mayBeLook(port: HostReader, { pid, fd, path }: Opening): Promise<boolean> {
  if (!DISK.test(path)) return false;
  const flags = /^flags:\s*([0-7]+)$/m.exec((await readText(port, `/proc/${pid}/fdinfo/${fd}`)) ?? '')?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & (ACCESS_MODE | NONBLOCK)) === NONBLOCK;
}
