/** `hostdev export nova`: which functions of this host Nova may give, and how flavors ask for them. */
import type { FunctionName } from '../domain/function-name.ts';
import { HostdevError } from '../errors.ts';
import { type NovaExport, novaExport, type PhysicalNetworks } from '../offers/nova.ts';
import type { AppContext } from './context.ts';
import { asAsked, type NameOf, readOffers } from './offers.ts';

/**
 * Of the functions named, or of all.
 *
 * @throws {HostdevError} `function-unknown`, also where no function has the interface of a physical network.
 */
export async function exportNova(
  context: AppContext,
  names: readonly FunctionName[],
  networks: PhysicalNetworks,
): Promise<{ readonly exported: NovaExport; readonly nameOf: NameOf }> {
  const { offers, functions, named, nameOf } = await readOffers(context, names);
  const missing = [...networks.keys()].find((netdev) => !functions.some(({ netdevs }) => netdevs.includes(netdev)));
  if (missing !== undefined) {
    throw new HostdevError('function-unknown', `no PCI function of this host has the interface ${missing}`, {
      subject: missing,
      hint: "'hostdev list --class nic' shows those that there are; with VFIO a function has none",
    });
  }
  return { exported: asAsked(novaExport(offers, functions, networks), named), nameOf };
}
