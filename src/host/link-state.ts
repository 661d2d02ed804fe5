/** Whether a function's network interface is up. */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { type Judgment, judgmentOf, physicalFunctionOf } from '../state/judge.ts';
import type { LinkState, NodeDevice } from '../state/node-device.ts';
import { type HostReader, readNumber } from './port.ts';

/** IFF_UP of the interface's flags. */
const IFF_UP = 1;

export async function readLinkState(port: HostReader, device: Pick<NodeDevice, 'netdevs'>): Promise<LinkState> {
  const [name] = device.netdevs;
  const flags = name === undefined ? undefined : await readNumber(port, `/sys/class/net/${name}/flags`);
  return flags === undefined ? null : (flags & IFF_UP) === 0 ? 'down' : 'up';
}

/** Those of the physical functions of these functions, by address: through them the MAC and VLAN of virtual ones are set. */
export async function readPhysicalLinks(port: HostReader, judgments: readonly Judgment[], addresses: readonly PciAddress[]): Promise<Map<string, LinkState>> {
  const links = new Map<string, LinkState>();
  for (const { device } of addresses.flatMap((address) => judgmentOf(judgments, address) ?? [])) {
    const pf = physicalFunctionOf(judgments, device);
    if (pf !== undefined) links.set(formatPciAddress(pf.address), await readLinkState(port, pf));
  }
  return links;
}
