/** `hostdev pool`: networks of libvirt that hand out virtual functions. */
import { HostdevError } from '../../errors.ts';
import { readNodeDevice } from '../../host/inventory.ts';
import { formatPciAddress, type PciAddress, pciAddressAttributes } from '../../pci/address.ts';
import { type Libvirt, LIBVIRT_ERROR, libvirtCode, type NetworkRef } from '../../libvirt/index.ts';
import { attribute, childElement, childElements } from '../../xml/read.ts';
import { parseXml } from '../../xml/parse.ts';
import { element, textElement, type XmlLine } from '../../xml/write.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice, requireFunctions } from '../find.ts';
import { readSourceAddress } from '../../domain/guest-address.ts';

export interface PoolRow {
  readonly name: string;
  readonly active: boolean;
  readonly managed: boolean;
  /** Interfaces of physical functions whose virtual ones are handed out. */
  readonly physicalInterfaces: readonly string[];
  /** Functions that are handed out. */
  readonly functions: readonly string[];
  /** Guests that have one now. */
  readonly connections: number | null;
}

/** Every pool, or the one that is named. */
export async function listPools(libvirt: Libvirt, name?: string): Promise<PoolRow[]> {
  if (name !== undefined) return [await requirePool(libvirt, name)];
  const rows = await Promise.all((await libvirt.listNetworks()).map((net) => readPool(libvirt, net)));
  return rows.filter((row) => row !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names of all pools; none where libvirt has no networks at all. */
export async function poolNames(libvirt: Libvirt): Promise<string[]> {
  try {
    return (await listPools(libvirt)).map(({ name }) => name);
  } catch (error) {
    if (libvirtCode(error) === LIBVIRT_ERROR.noSupport) return [];
    throw error;
  }
}

/** @throws {HostdevError} `network-unknown`. */
export async function requirePool(libvirt: Libvirt, name: string): Promise<PoolRow> {
  const net = await libvirt.findNetwork(name);
  const row = net === undefined ? undefined : await readPool(libvirt, net);
  if (row !== undefined) return row;
  throw new HostdevError('network-unknown', net === undefined ? `libvirt has no network '${name}'` : `the network '${name}' gives no functions to guests`, {
    subject: name,
    hint: "'hostdev pool show' lists those that do; 'hostdev pool create' makes one",
  });
}

async function readPool(libvirt: Libvirt, net: NetworkRef): Promise<PoolRow | undefined> {
  const document = parseXml(await libvirt.networkXml(net));
  const forward = childElement(document.root, 'forward');
  if (forward === undefined || attribute(forward, 'mode') !== 'hostdev') return undefined;
  const functions = childElements(forward, 'address').map((address) => formatPciAddress(readSourceAddress({ document, file: undefined }, address)));
  const connections = attribute(document.root, 'connections');
  return {
    name: net.name,
    active: await libvirt.isNetworkActive(net),
    managed: attribute(forward, 'managed') === 'yes',
    physicalInterfaces: childElements(forward, 'pf').flatMap((pf) => attribute(pf, 'dev') ?? []),
    functions,
    connections: connections === undefined ? null : Number(connections),
  };
}

export interface PoolCreateOptions {
  readonly dryRun: boolean;
  readonly autostart: boolean;
}

/**
 * Makes a pool of the virtual functions of one physical one, or of functions named one by one, and starts it.
 *
 * @returns its XML.
 * @throws {HostdevError} `sriov-missing`, `option-conflict` when there is a network of that name.
 */
export async function createPool(
  context: AppContext,
  libvirt: Libvirt,
  name: string,
  addresses: readonly PciAddress[],
  options: PoolCreateOptions,
): Promise<string> {
  if (!/^[\w.-]{1,50}$/.test(name)) throw new HostdevError('usage', `'${name}' is no name for a network`, { hint: 'use letters, digits, dots and dashes' });
  refuseTwice(addresses);
  if (!libvirt.isLocal) {
    throw new HostdevError('option-conflict', `the functions of ${libvirt.uri.host ?? 'that host'} cannot be looked at from here`, {
      hint: "run 'hostdev pool create' there",
    });
  }
  if ((await libvirt.findNetwork(name)) !== undefined) {
    throw new HostdevError('option-conflict', `libvirt has a network '${name}' already`, {
      subject: name,
      hint: 'take another name; what is there is left alone',
    });
  }
  const xml = await poolXml(context, name, addresses);
  if (options.dryRun) return xml;
  const net = await libvirt.defineNetwork(xml);
  try {
    await libvirt.startNetwork(net);
    if (options.autostart) await libvirt.setNetworkAutostart(net, true);
  } catch (error) {
    await libvirt.stopNetwork(net).catch(() => undefined);
    await libvirt.undefineNetwork(net).catch(() => undefined);
    throw error;
  }
  return xml;
}

async function poolXml({ port }: AppContext, name: string, addresses: readonly PciAddress[]): Promise<string> {
  const devices = await requireFunctions(port, addresses);
  const [first] = devices;
  const lines: XmlLine[] = [];
  if (first?.sriov !== undefined && devices.length === 1) {
    const [netdev] = first.netdevs;
    if (netdev === undefined) {
      throw new HostdevError('sriov-missing', `${formatPciAddress(first.address)} has no network interface, by which libvirt finds its virtual functions`, {
        subject: formatPciAddress(first.address),
        hint: 'name the virtual functions one by one',
      });
    }
    lines.push(...element('pf', { dev: netdev }));
  } else {
    for (const { address, physicalFunction } of devices) {
      const pf = physicalFunction === undefined ? undefined : await readNodeDevice(port, physicalFunction);
      if (pf === undefined) {
        throw new HostdevError('sriov-missing', `${formatPciAddress(address)} is no virtual function`, {
          subject: formatPciAddress(address),
          hint: 'a pool hands out virtual functions: name one physical function, or virtual ones',
        });
      }
      lines.push(...element('address', { type: 'pci', ...Object.fromEntries(pciAddressAttributes(address)) }));
    }
  }
  const forward = element('forward', { mode: 'hostdev', managed: 'yes' }, [...element('driver', { name: 'vfio' }), ...lines]);
  return `${element('network', {}, [...textElement('name', name), ...forward]).join('\n')}\n`;
}
