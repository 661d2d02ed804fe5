/** `hostdev export proxmox`: this node's functions as resource mappings. */
import type { FunctionName } from '../domain/function-name.ts';
import { HostdevError } from '../errors.ts';
import { type HostPort, readText } from '../host/port.ts';
import { isNodeName, type ProxmoxExport, proxmoxExport } from '../offers/proxmox.ts';
import { formatPciAddress } from '../pci/address.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { AppContext } from './context.ts';
import { asAsked, type NameOf, readOffers } from './offers.ts';

/**
 * Of the functions named, or of all.
 *
 * @param node name of the node; the machine's own where it is missing
 * @throws {HostdevError} `function-unknown`, `address-ambiguous`; `usage` where the name of the node is none, or not known.
 */
export async function exportProxmox(
  context: AppContext,
  names: readonly FunctionName[],
  node: string | undefined,
): Promise<{ readonly exported: ProxmoxExport; readonly nameOf: NameOf }> {
  const { offers, functions, named, port, nameOf } = await readOffers(context, names);
  const facts = { node: await nodeName(port, node), functions, mdevCapable: await readMdevCapable(port, functions) };
  return { exported: asAsked(proxmoxExport(offers, facts), named), nameOf };
}

/** A node is called as its host, without the domain. */
async function nodeName(port: HostPort, given: string | undefined): Promise<string> {
  const name = given ?? (await readText(port, '/proc/sys/kernel/hostname'))?.split('.')[0];
  if (name === undefined) throw new HostdevError('usage', 'how this node is called is not known here', { hint: "name it: '--node pve1'" });
  if (isNodeName(name)) return name;
  throw new HostdevError('usage', `'${name.slice(0, 80)}' is no name of a node`, {
    subject: name.slice(0, 80),
    hint: "letters, digits and dashes, as 'pvecm nodes' shows it: '--node pve1'",
  });
}

/** Functions that the kernel makes mediated devices of have types of them. */
async function readMdevCapable(port: HostPort, functions: readonly NodeDevice[]): Promise<ReadonlySet<string>> {
  const capable = new Set<string>();
  for (const { address } of functions) {
    if ((await port.list(`${sysfsPath(address)}/mdev_supported_types`)) !== undefined) capable.add(formatPciAddress(address));
  }
  return capable;
}
