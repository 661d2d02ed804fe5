/** `--host`: the facts about the host that guest addresses and validation need. */
import type { HostFacts } from '../addressing/host-facts.ts';
import { readPhysicalLinks } from '../host/link-state.ts';
import type { HostPort } from '../host/port.ts';
import type { PciAddress } from '../pci/address.ts';
import { hostFacts } from '../plan/host-facts.ts';
import { viewHost, viewing } from './host-view.ts';

/** The functions a definition names, as this machine has them, and what speaks against giving them to one guest. */
export async function readHostFacts(port: HostPort, addresses: readonly PciAddress[]): Promise<HostFacts> {
  const view = viewing({ port });
  const { judgments } = await viewHost(view);
  return hostFacts(judgments, addresses, await readPhysicalLinks(view.port, judgments, addresses));
}
