/** Whether a function's network interface is up. */
import type { NodeDevice } from '../state/node-device.ts';
import { type HostReader, readNumber } from './port.ts';

/** IFF_UP of the interface's flags. */
const IFF_UP = 1;

/** null when it has no interface to be seen. */
export async function readLinkState(port: HostReader, device: Pick<NodeDevice, 'netdevs'>): Promise<'up' | 'down' | null> {
  const [name] = device.netdevs;
  const flags = name === undefined ? undefined : await readNumber(port, `/sys/class/net/${name}/flags`);
  return flags === undefined ? null : (flags & IFF_UP) === 0 ? 'down' : 'up';
}
