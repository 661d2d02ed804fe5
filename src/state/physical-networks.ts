/** Which network the functions of a network card are on: somebody says so by its interface, since no host knows what is behind its cable. */
import { type PciAddress, samePciAddress } from '../pci/address.ts';

/** Interface of a physical function → the physical network that it is on, as Neutron calls it. */
export type PhysicalNetworks = ReadonlyMap<string, string>;

/** What of a function says on which network it is. */
interface OnNetwork {
  readonly address: PciAddress;
  readonly netdevs: readonly string[];
  readonly physicalFunction?: PciAddress | undefined;
}

/** @param functions - every function of the host: virtual ones are on the network of their physical one. */
export function physicalNetworkOf({ netdevs, physicalFunction }: OnNetwork, functions: readonly OnNetwork[], networks: PhysicalNetworks): string | undefined {
  const names = physicalFunction === undefined ? netdevs : (functions.find(({ address }) => samePciAddress(address, physicalFunction))?.netdevs ?? []);
  return names.flatMap((name) => networks.get(name) ?? [])[0];
}

/** On which network somebody says that a function is; `unclear`: several say different ones, in words. */
export type SaidNetwork = { readonly network?: string } | { readonly unclear: string };
export type NetworkOf = (device: OnNetwork) => SaidNetwork;

/** As somebody says it by interfaces. */
export function networksByInterface(functions: readonly OnNetwork[], networks: PhysicalNetworks): NetworkOf {
  return (device) => {
    const network = physicalNetworkOf(device, functions, networks);
    return network === undefined ? {} : { network };
  };
}
