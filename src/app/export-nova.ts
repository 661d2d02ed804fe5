/** `hostdev export nova`: which functions of this host Nova may give, and how flavors ask for them. */
import type { FunctionName } from '../domain/function-name.ts';
import { type NovaExport, novaExport } from '../offers/nova.ts';
import type { PhysicalNetworks } from '../state/physical-networks.ts';
import { requireInterfaces } from './interfaces.ts';
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
  requireInterfaces(networks, functions);
  return { exported: asAsked(novaExport(offers, functions, networks), named), nameOf };
}
