/** `--host`: the facts about the host that guest addresses and validation need. */
import type { HostFacts } from '../addressing/host-facts.ts';
import { readLinkState } from '../host/link-state.ts';
import type { HostPort } from '../host/port.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { hostFacts, type LinkState, physicalFunctionOf } from '../plan/host-facts.ts';
import { judgmentOf } from '../state/judge.ts';
import { viewHost, viewing } from './host-view.ts';

/** The functions a definition names, as this machine has them, and what speaks against giving them to one guest. */
export async function readHostFacts(port: HostPort, addresses: readonly PciAddress[]): Promise<HostFacts> {
  const view = viewing({ port });
  const { judgments } = await viewHost(view);
  const links = new Map<string, LinkState>();
  for (const { device } of addresses.flatMap((address) => judgmentOf(judgments, address) ?? [])) {
    const pf = physicalFunctionOf(judgments, device);
    if (pf !== undefined) links.set(formatPciAddress(pf.address), await readLinkState(view.port, pf));
  }
  return hostFacts(judgments, addresses, links);
}
