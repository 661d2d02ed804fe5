/** Reads which processes have device nodes open. */
import type { DeviceUser, OpenDevices } from '../state/open-devices.ts';
import { type HostReader, readText } from './port.ts';

/** Nodes behind which there may be a PCI function. Terminals, pipes and the like are most of what processes have open. */
const INTERESTING = /^\/dev\/(?:vfio|dri|snd|accel|nvidia|video|dvb|infiniband|bus\/usb|uio|sg|n?st\d|nvme|sd|vd|xvd|dm-|md|mapper|nbd|zd|mmcblk|loop\d|ng\d)/;

/** Looks through all processes once; without root only one's own are seen. */
export async function readOpenDevices(port: HostReader): Promise<OpenDevices> {
  const open = new Map<string, DeviceUser[]>();
  for (const pid of ((await port.list('/proc')) ?? []).filter((name) => /^\d+$/.test(name))) {
    const paths = new Set<string>();
    for (const fd of (await port.list(`/proc/${pid}/fd`)) ?? []) {
      const target = await port.readlink(`/proc/${pid}/fd/${fd}`);
      if (target !== undefined && INTERESTING.test(target)) paths.add(target);
    }
    if (paths.size === 0) continue;
    const command = (await readText(port, `/proc/${pid}/comm`)) ?? '?';
    const guest = /(?:^|\0)-name\0(?:guest=)?([^,\0]+)/.exec((await readText(port, `/proc/${pid}/cmdline`, 64 * 1024)) ?? '')?.[1];
    for (const path of paths) open.set(path, [...(open.get(path) ?? []), { pid: Number(pid), command, guest, path }]);
  }
  return open;
}
