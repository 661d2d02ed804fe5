/** `hostdev export nova`: which functions of this host Nova may give, and how flavors ask for them. */
import type { FunctionName } from '../domain/function-name.ts';
import type { HostPort } from '../host/port.ts';
import { type NovaExport, novaExport } from '../offers/nova.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { type NetworkOf, networksByInterface, type PhysicalNetworks } from '../state/physical-networks.ts';
import { requireInterfaces } from './interfaces.ts';
import type { AppContext } from './context.ts';
import { asAsked, type NameOf, readOffers } from './offers.ts';

/** Who says on which network functions are. */
export interface NovaNetworks {
  /** Somebody, by interfaces; who says one says all. */
  readonly said: PhysicalNetworks;
  /** Where nobody says one: whoever knows it of all functions of this host; undefined where nobody does. */
  readonly known: (port: HostPort, functions: readonly NodeDevice[]) => Promise<NetworkOf | undefined>;
}

/**
 * Of the functions named, or of all.
 *
 * @throws {HostdevError} `function-unknown`, also where no function has the interface of a physical network; what keeps `known` from knowing.
 */
export async function exportNova(
  context: AppContext,
  names: readonly FunctionName[],
  { said, known }: NovaNetworks,
): Promise<{ readonly exported: NovaExport; readonly nameOf: NameOf }> {
  const { offers, functions, named, nameOf, port } = await readOffers(context, names);
  requireInterfaces(said, functions);
  const networkOf = (said.size === 0 ? await known(port, functions) : undefined) ?? networksByInterface(functions, said);
  return { exported: asAsked(novaExport(offers, networkOf), named), nameOf };
}
