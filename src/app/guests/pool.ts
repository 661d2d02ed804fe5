/** Networks of libvirt that hand out virtual functions: `hostdev pool`, and attaching from one. */
import { randomBytes } from 'node:crypto';
import { checkMac, formatPoolInterface } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { readNodeDevice } from '../../host/inventory.ts';
import { formatPciAddress, formatPciAddressXml, type PciAddress } from '../../pci/address.ts';
import { type Libvirt, LIBVIRT_ERROR, libvirtCode, type NetworkRef } from '../../libvirt/index.ts';
import { attribute, childElement, childElements } from '../../xml/read.ts';
import { parseXml } from '../../xml/parse.ts';
import { escapeXml } from '../../xml/references.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice, requireFunctions } from '../find.ts';
import type { State } from '../../driver/journal/record.ts';
import { type GuestAddress, readSourceAddress } from '../../domain/guest-address.ts';
import type { GuestChangeOptions } from './attach.ts';
import { withGuestLog } from './change-log.ts';
import { findDevice, giveDevice, holdings, poolsFact, readState } from './device.ts';
import { orBack, takeBack, undoOptions } from './undo.ts';
import type { LibvirtLink } from './link.ts';
import { affectOf, openGuest, readGuest, requireSame } from './open.ts';
import { type GuestPlan, type GuestReport, placeOf, requireAgreement, scopeWords } from './plan.ts';

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
async function requirePool(libvirt: Libvirt, name: string): Promise<PoolRow> {
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
  const lines: string[] = [];
  if (first?.sriov !== undefined && devices.length === 1) {
    const [netdev] = first.netdevs;
    if (netdev === undefined) {
      throw new HostdevError('sriov-missing', `${formatPciAddress(first.address)} has no network interface, by which libvirt finds its virtual functions`, {
        subject: formatPciAddress(first.address),
        hint: 'name the virtual functions one by one',
      });
    }
    lines.push(`<pf dev='${escapeXml(netdev)}'/>`);
  } else {
    for (const { address, physicalFunction } of devices) {
      const pf = physicalFunction === undefined ? undefined : await readNodeDevice(port, physicalFunction);
      if (pf === undefined) {
        throw new HostdevError('sriov-missing', `${formatPciAddress(address)} is no virtual function`, {
          subject: formatPciAddress(address),
          hint: 'a pool hands out virtual functions: name one physical function, or virtual ones',
        });
      }
      lines.push(`<address type='pci' ${formatPciAddressXml(address)}/>`);
    }
  }
  return [
    '<network>',
    `  <name>${escapeXml(name)}</name>`,
    "  <forward mode='hostdev' managed='yes'>",
    "    <driver name='vfio'/>",
    ...lines.map((line) => `    ${line}`),
    '  </forward>',
    '</network>',
    '',
  ].join('\n');
}

export interface PoolAttachment {
  readonly network: string;
  /** One of our own making when missing: it is how the interface is found again. */
  readonly mac: string | undefined;
  readonly vlan: number | undefined;
}

/** Gives a guest whichever function a pool has left. libvirt chooses it, and its place, in the guest that runs; the definition gets the same place. */
export async function attachFromPool(
  context: AppContext,
  link: LibvirtLink,
  word: string,
  wanted: PoolAttachment,
  options: GuestChangeOptions,
): Promise<GuestReport> {
  const libvirt = await link.get(options.signal);
  const pool = await requirePool(libvirt, wanted.network);
  if (!pool.active)
    throw new HostdevError('network-unknown', `the pool '${pool.name}' is not active`, { subject: pool.name, hint: `start it: virsh net-start ${pool.name}` });
  const guest = await openGuest(libvirt, word);
  const affect = affectOf(guest, options.scope);
  const mac = wanted.mac === undefined ? ownMac() : checkMac(wanted.mac);
  const which = { mac, pools: [pool.name] };
  if (holdings(guest, which).live === 'yes' || holdings(guest, which).config === 'yes') {
    throw new HostdevError('hostdev-present', `${guest.ref.name} has an interface with ${mac} already`, { subject: mac, hint: 'give another --mac' });
  }
  const shown: GuestPlan = {
    verb: 'attach',
    guest: guest.ref.name,
    uuid: guest.ref.uuid,
    state: guest.state,
    functions: [{ address: `${mac} of pool ${pool.name}`, guestAddress: null, uid: null, fid: null, ...affect }],
    steps: [
      {
        on: affect.live ? 'guest' : 'definition',
        what: `a function of pool ${pool.name} with ${mac}: attach to ${scopeWords(affect)}`,
        undo: `${mac}: detach again`,
      },
    ],
    notes: [],
  };
  if (options.dryRun) return { ...shown, applied: false };
  await requireAgreement(shown, options.agree);
  return withGuestLog(context, link, options, async (recorded) => {
    requireSame(guest, await openGuest(await link.get(options.signal), guest.ref.uuid));
    const before = { ...holdings(guest, which), ...poolsFact(which), uri: link.uri, guest: guest.ref.uuid };
    const goal = { live: affect.live ? 'yes' : 'no', config: affect.config ? 'yes' : 'no' };
    const give = async (): Promise<State> => {
      if (affect.live) await giveDevice(link, guest.ref, which, poolInterface(wanted, mac, undefined), { live: true, config: false }, options.signal);
      const at = affect.live ? findDevice((await readGuest(await link.get(), guest.ref)).live, which)?.address : undefined;
      if (affect.config) await giveDevice(link, guest.ref, which, poolInterface(wanted, mac, at), { live: false, config: true });
      return goal;
    };
    const back = (): Promise<void> => takeBack(link, guest.ref, which, affect, undoOptions(options));
    await recorded(
      'attach',
      { subject: `${mac} in ${guest.ref.name}`, before, wanted: goal },
      () => orBack(give, back),
      () => readState(link, guest.ref, which),
    );
    const now = await readGuest(await link.get(), guest.ref);
    const at = findDevice(affect.live ? now.live : now.config, which)?.address;
    return { ...shown, functions: shown.functions.map((each) => ({ ...each, ...placeOf(at) })), applied: true };
  });
}

/** QEMU's own prefix, as libvirt makes them. */
function ownMac(): string {
  return `52:54:00:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}

/** At the place that libvirt has chosen, with the ids of IBM Z. */
function poolInterface({ network, vlan }: PoolAttachment, mac: string, at: GuestAddress | undefined): string {
  const place = at?.pci === undefined ? {} : { guestAddress: at.pci, zpci: at.zpci };
  return formatPoolInterface({ network, mac, vlan, ...place }).join('\n');
}
