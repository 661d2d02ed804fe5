/** Reads which device nodes belong to which function. */
import { indexByFunction } from '../../state/by-function.ts';
import type { OpenDevices } from '../../state/open-devices.ts';
import type { NodeMap } from '../../state/open-node-uses.ts';
import { type HostReader, readText } from '../port.ts';

/** Where devices are whose nodes programs open; disks are found by their own names (block.ts). */
const DIRECTORIES = [
  ...['drm', 'sound', 'accel', 'video4linux', 'dvb', 'infiniband_verbs', 'uio', 'scsi_generic', 'scsi_tape', 'nvme-generic', 'nvme'].map(
    (name) => `/sys/class/${name}`,
  ),
  '/sys/bus/usb/devices',
];

/** Where nobody has anything open it does not matter what is whose, unless it is not known what they have open. */
export async function readNodeMap(port: HostReader, { open, seesAll }: { readonly open: OpenDevices; readonly seesAll: boolean }): Promise<NodeMap> {
  if (open.size === 0 && seesAll) return { byFunction: new Map(), open };
  const paths: [string, string][] = [];
  for (const directory of DIRECTORIES) {
    for (const device of (await port.list(directory)) ?? []) {
      const [path, uevent] = [await port.readlink(`${directory}/${device}`), await readText(port, `${directory}/${device}/uevent`)];
      const node = /^DEVNAME=(\S+)$/m.exec(uevent ?? '')?.[1];
      if (path !== undefined && node !== undefined) paths.push([`/dev/${node.replace(/^\/dev\//, '')}`, path]);
    }
  }
  return { byFunction: indexByFunction([...paths, ...(await nvidiaNodes(port))]), open };
}

/** NVIDIA's own driver shows its nodes nowhere in sysfs. */
async function nvidiaNodes(port: HostReader): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for (const address of (await port.list('/proc/driver/nvidia/gpus')) ?? []) {
    const text = await readText(port, `/proc/driver/nvidia/gpus/${address}/information`);
    const minor = /^Device Minor:\s*(\d+)$/m.exec(text ?? '')?.[1];
    if (minor !== undefined) found.push([`/dev/nvidia${minor}`, `/${address}/`]);
  }
  return found;
}
