/** Network interfaces of a function and what hangs on them: addresses, routes, bridges, bonds, the session itself. */
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { Evidence } from '../../state/verdict.ts';
import { readCarriedStorage } from './network-storage.ts';
import { defaultRouteInterfaces, readRoutes } from './routes.ts';
import { type ByFunction, indexByFunction } from './by-function.ts';
import { type HostReader, readLinkName, readText } from '../port.ts';

const NET = '/sys/class/net';

/** The kernel's own names of stacked interfaces. */
const DEVTYPES: Readonly<Record<string, string>> = { bridge: 'bridge', bond: 'bond', vlan: 'VLAN', macvlan: 'macvtap', macvtap: 'macvtap', vxlan: 'VXLAN' };

export interface NetMap {
  /** Interfaces by the function they belong to. */
  readonly byFunction: ByFunction;
  /** Name → interfaces on top of it, with what they are. */
  readonly uppers: ReadonlyMap<string, readonly { readonly name: string; readonly kind: string }[]>;
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly defaultRoutes: ReadonlySet<string>;
  /** Interface → disks and file systems that come in over it. */
  readonly storage: ReadonlyMap<string, readonly string[]>;
  /** Address of this machine that the user's own session came in on. */
  readonly sessionAddress: string | undefined;
}

export async function readNetMap(port: HostReader): Promise<NetMap> {
  const names = (await port.list(NET)) ?? [];
  const paths = new Map<string, string>();
  const uppers = new Map<string, { name: string; kind: string }[]>();
  await Promise.all(
    names.map(async (name) => {
      const path = await port.readlink(`${NET}/${name}`);
      if (path !== undefined) paths.set(name, path);
      uppers.set(name, await readUppers(port, name));
    }),
  );
  const routes = await readRoutes(port);
  const storage = new Map<string, string[]>();
  for (const { interface: name, what } of await readCarriedStorage(port, routes)) storage.set(name, [...(storage.get(name) ?? []), what]);
  return {
    byFunction: indexByFunction(paths),
    uppers,
    addresses: await port.addresses(),
    defaultRoutes: defaultRouteInterfaces(routes),
    storage,
    sessionAddress: port.sessionAddress,
  };
}

/** Masters and everything that is stacked on an interface. */
async function readUppers(port: HostReader, name: string): Promise<{ name: string; kind: string }[]> {
  const master = await readLinkName(port, `${NET}/${name}/master`);
  const upper = ((await port.list(`${NET}/${name}`)) ?? []).filter((entry) => entry.startsWith('upper_')).map((entry) => entry.slice('upper_'.length));
  const all = [...new Set([...(master === undefined ? [] : [master]), ...upper])];
  return Promise.all(all.map(async (other) => ({ name: other, kind: await kindOf(port, other) })));
}

async function kindOf(port: HostReader, name: string): Promise<string> {
  if (name === 'ovs-system') return 'Open vSwitch';
  const entries = new Set((await port.list(`${NET}/${name}`)) ?? []);
  const type = /^DEVTYPE=(\w+)$/m.exec((await readText(port, `${NET}/${name}/uevent`)) ?? '')?.[1];
  if (type !== undefined && type in DEVTYPES) return DEVTYPES[type] ?? type;
  if (entries.has('bridge')) return 'bridge';
  if (entries.has('bonding')) return 'bond';
  if (/^macv(tap|lan)/.test(name) || entries.has('macvtap')) return 'macvtap';
  return name.includes('.') ? 'VLAN' : 'interface';
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
