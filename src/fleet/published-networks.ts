/** On which networks the functions of a host are, as all hosts of its fleet say that have them: partitions of an IBM Z machine share theirs. */
import type { Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { NetworkOf, SaidNetwork } from '../state/physical-networks.ts';
import { functionKeys, type HostIdentity } from './model/function-keys.ts';
import type { KeptHost } from './model/view.ts';
import { everyHostRecord, readHost } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';

export interface PublishedNetworks {
  readonly networkOf: NetworkOf;
  /** Of records that could not be read: what those hosts say is not known. */
  readonly problems: readonly Problem[];
}

/** @param functions - every function of the host, as it shows them now. */
export async function readPublishedNetworks(store: FleetStore, functions: readonly NodeDevice[], identity: HostIdentity): Promise<PublishedNetworks> {
  const keys = functionKeys(functions, identity);
  const wanted = new Set(keys.values());
  const told = new Map<string, { readonly host: string; readonly network: string | null }[]>();
  const note = ({ record }: KeptHost): void => {
    for (const { key, physicalNetwork } of record.functions) {
      if (!wanted.has(key)) continue;
      const before = told.get(key) ?? [];
      told.set(key, [...before, { host: record.host, network: physicalNetwork }]);
    }
  };
  const problems: Problem[] = [];
  if (identity.serial === undefined) {
    const own = await readHost(store, identity.host);
    own.kept.forEach(note);
    problems.push(...own.problems);
  } else {
    for await (const host of everyHostRecord(store, problems)) note(host);
  }
  const at = (address: PciAddress): SaidNetwork | undefined => {
    const all = told.get(keys.get(formatPciAddress(address)) ?? '');
    return all === undefined ? undefined : agreed(all);
  };
  // A virtual function may have been made since, and is on the network of its physical one.
  return {
    networkOf: ({ address, physicalFunction }) => at(address) ?? (physicalFunction === undefined ? undefined : at(physicalFunction)) ?? {},
    problems,
  };
}

function agreed(told: readonly { readonly host: string; readonly network: string | null }[]): SaidNetwork {
  const networks = new Set(told.map(({ network }) => network));
  const [network] = networks;
  if (networks.size > 1) return { unclear: told.map((each) => `on ${each.network ?? 'no network'} as ${each.host} says`).join(', and ') };
  return network === null || network === undefined ? {} : { network };
}
