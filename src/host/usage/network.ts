/** Reads the network interfaces of a machine and what hangs on them. */
import { indexByFunction } from '../../state/by-function.ts';
import { ASKED_ADDRESSES, type NetMap } from '../../state/network-uses.ts';
import { readCarriedStorage } from './network-storage.ts';
import { defaultRouteInterfaces, readRoutes } from './routes.ts';
import { type HostReader, readLinkName, readText } from '../port.ts';
import { wordTable } from '../../word-table.ts';

const NET = '/sys/class/net';

/** The kernel's own names of stacked interfaces. */
const DEVTYPES = wordTable<string>({ bridge: 'bridge', bond: 'bond', vlan: 'VLAN', macvlan: 'macvtap', macvtap: 'macvtap', vxlan: 'VXLAN' });

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
  const addresses = await port.addresses();
  const storage = new Map<string, string[]>();
  for (const { interface: name, what } of await readCarriedStorage(port, routes)) storage.set(name, [...(storage.get(name) ?? []), what]);
  return {
    byFunction: indexByFunction(paths),
    uppers,
    addresses,
    untold: port.refused.has(ASKED_ADDRESSES) ? await readUntold(port, names, addresses) : new Set(),
    defaultRoutes: defaultRouteInterfaces(routes),
    storage,
    sessionAddress: port.sessionAddress,
  };
}

/** The system itself tells of interfaces that are up: those of which it says nothing have no address. */
async function readUntold(port: HostReader, names: readonly string[], told: ReadonlyMap<string, unknown>): Promise<ReadonlySet<string>> {
  const silent = names.filter((name) => !told.has(name));
  const states = await Promise.all(silent.map((name) => readText(port, `${NET}/${name}/operstate`)));
  return new Set(silent.filter((_, i) => states[i] !== 'up'));
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
