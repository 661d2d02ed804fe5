/** Reads which guests and other processes hold functions, and nothing else of a host: it is asked often while one waits. */
import type { Holders } from '../state/holders.ts';
import { readGuestClaims } from './guest-claims.ts';
import { readOpenDevices } from './open-devices.ts';
import type { HostReader } from './port.ts';
import { readVfioNodes } from './vfio-nodes.ts';

export async function readHolders(port: HostReader): Promise<Holders> {
  return { open: await readOpenDevices(port), vfioNodes: await readVfioNodes(port), claims: await readGuestClaims(port) };
}
