/** Reads which directories a hypervisor shares over a PCI function. */
import { indexByFunction } from '../../state/by-function.ts';
import type { ShareMap } from '../../state/share-uses.ts';
import { type HostReader, readText } from '../port.ts';

export async function readShareMap(port: HostReader): Promise<ShareMap> {
  const mounts = new Map<string, string[]>();
  for (const line of new TextDecoder().decode(await port.read('/proc/self/mountinfo', 4 * 1024 * 1024)).split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [type = '', source = ''] = right.split(' ');
    if (type === '9p' || type === 'virtiofs') mounts.set(source, [...(mounts.get(source) ?? []), left.split(' ')[4] ?? '']);
  }
  return { byFunction: indexByFunction(mounts.size === 0 ? [] : await readTags(port)), mounts };
}

/** Tag of each share and the path of its virtio device. */
async function readTags(port: HostReader): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for (const name of (await port.list('/sys/bus/virtio/devices')) ?? []) {
    const tag = (await readText(port, `/sys/bus/virtio/devices/${name}/mount_tag`))?.replaceAll('\0', '');
    const path = await port.readlink(`/sys/bus/virtio/devices/${name}`);
    if (tag !== undefined && path !== undefined) found.push([tag, path]);
  }
  for (const name of (await port.list('/sys/fs/virtiofs')) ?? []) {
    const tag = await readText(port, `/sys/fs/virtiofs/${name}/tag`);
    const path = await port.readlink(`/sys/fs/virtiofs/${name}/device`);
    if (tag !== undefined && path !== undefined) found.push([tag, path]);
  }
  return found;
}
