/** Reads which function has which node of the newer iommufd interface. */
import type { VfioNodes } from '../state/holders.ts';
import type { HostReader } from './port.ts';

export async function readVfioNodes(port: HostReader): Promise<VfioNodes> {
  const found = new Map<string, string>();
  for (const name of (await port.list('/sys/class/vfio-dev')) ?? []) {
    const target = await port.readlink(`/sys/class/vfio-dev/${name}`);
    const address = /\/([0-9a-f:.]+)\/vfio-dev\/[^/]+$/.exec(target ?? '')?.[1];
    if (address !== undefined) found.set(address, `/dev/vfio/devices/${name}`);
  }
  return found;
}
