/** What would be lost with the network interfaces of a function: addresses, routes, bridges, bonds, the session itself. */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { ByFunction } from './by-function.ts';
import type { Evidence } from './verdict.ts';

/** What is run to learn the addresses of interfaces that are down: its name stands among the paths that could not be read when it fails. */
export const ASKED_ADDRESSES = 'ip addr show';

/** The interfaces of the machine, and what hangs on them; read once for all functions. */
export interface NetMap {
  /** Interfaces by the function they belong to. */
  readonly byFunction: ByFunction;
  /** Name → interfaces on top of it, with what they are. */
  readonly uppers: ReadonlyMap<string, readonly { readonly name: string; readonly kind: string }[]>;
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** Interfaces that may have addresses of which nobody could tell. */
  readonly untold: ReadonlySet<string>;
  readonly defaultRoutes: ReadonlySet<string>;
  /** Interface → disks and file systems that come in over it. */
  readonly storage: ReadonlyMap<string, readonly string[]>;
  /** Address of this machine that the user's own session came in on. */
  readonly sessionAddress: string | undefined;
}

/** Everything that would be lost with the interfaces of a function. */
export function networkUses(map: NetMap, address: PciAddress): Evidence[] {
  const own = map.byFunction.get(formatPciAddress(address)) ?? [];
  return own.flatMap((name) => usesAbove(map, name, [name], new Set()));
}

function usesAbove(map: NetMap, name: string, chain: readonly string[], seen: Set<string>): Evidence[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const found: Evidence[] = [];
  const add = (...more: string[]): void => void found.push({ kind: 'network', chain: [...chain, ...more] });
  for (const address of map.addresses.get(name) ?? []) {
    if (address === map.sessionAddress) add(`address ${address}`, 'your own session comes in here');
    else if (!isLinkLocal(address)) add(`address ${address}`);
  }
  if (map.defaultRoutes.has(name)) add('default route');
  for (const what of map.storage.get(name) ?? []) add(what);
  for (const upper of map.uppers.get(name) ?? []) {
    const label = `${upper.kind} ${upper.name}`;
    const above = usesAbove(map, upper.name, [...chain, label], seen);
    if (above.length > 0) found.push(...above);
    else add(label);
  }
  return found;
}

/** Every interface that is up gives itself one of these; nobody configured it. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address) || address.startsWith('169.254.');
}
