/**
 * Resource mappings of Proxmox VE: a name that guests ask for, and for each node the functions behind it, any one set of which a guest gets.
 * Source: Proxmox VE Administration Guide, "Resource Mapping", and what its reader of mapping/pci.cfg checks before a guest is started.
 */
import { formatPciAddress } from '../pci/address.ts';
import { classWord } from '../state/class-words.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { LeftOut, Offer, Offers } from './offer.ts';
import { isMigratable } from './variant-driver.ts';

/** One alternative: what a guest gets, and what the node expects of it. */
export interface MappedDevice {
  /** `10de:2236` */
  readonly id: string;
  readonly iommugroup: number;
  readonly node: string;
  /** One function, a whole slot (without function), or several functions with semicolons between. */
  readonly path: string;
  readonly 'subsystem-id'?: string;
}

export interface PciMapping {
  readonly id: string;
  /** The first function, whose ids are those of the mapping. */
  readonly device: NodeDevice;
  readonly mdev: boolean;
  readonly liveMigrationCapable: boolean;
  readonly map: readonly MappedDevice[];
}

export interface ProxmoxExport {
  readonly mappings: readonly PciMapping[];
  readonly leftOut: readonly LeftOut[];
}

export interface NodeFacts {
  /** Name of the node in the cluster. */
  readonly node: string;
  /** Every function of the host: a slot is given whole only where all that is in it goes. */
  readonly functions: readonly NodeDevice[];
  /** Addresses of functions that mediated devices can be made of. */
  readonly mdevCapable: ReadonlySet<string>;
}

export function proxmoxExport({ offers, leftOut }: Offers, facts: NodeFacts): ProxmoxExport {
  const mapped = offers.map((offer) => ({ offer, path: pathOf(offer, facts) }));
  const mappings = new Map<string, PciMapping>();
  for (const { offer, path } of mapped) {
    if (path === undefined) continue;
    const alternative = mappingOf(offer, path, facts);
    const before = mappings.get(alternative.id);
    mappings.set(alternative.id, before === undefined ? alternative : { ...before, map: [...before.map, ...alternative.map] });
  }
  const unlike = mapped.filter(({ path }) => path === undefined).flatMap(({ offer }) => withoutPath(offer));
  return { mappings: [...mappings.values()], leftOut: [...leftOut, ...unlike] };
}

/** Of several paths each has to be what the mapping says; of a whole slot only its first function is looked at. */
function pathOf({ devices }: Offer, { functions, mdevCapable }: NodeFacts): string | undefined {
  const [first] = devices;
  const paths = devices.map(({ address }) => formatPciAddress(address));
  if (first === undefined || paths.length === 1) return paths[0];
  const slot = slotOf(first);
  const inSlot = functions.filter((device) => slotOf(device) === slot);
  if (first.address.function === 0 && inSlot.length === devices.length && devices.every((device) => slotOf(device) === slot)) return slot;
  const kindOf = (device: NodeDevice): string => [idOf(device), subsystemOf(device), mdevCapable.has(formatPciAddress(device.address))].join();
  return devices.every((device) => kindOf(device) === kindOf(first)) ? paths.join(';') : undefined;
}

/** `0000:01:00` */
function slotOf({ address }: NodeDevice): string {
  return formatPciAddress(address).slice(0, -'.0'.length);
}

function withoutPath({ devices }: Offer): LeftOut[] {
  const all = devices.map(({ address }) => formatPciAddress(address));
  const why = `shares its IOMMU group with others (${all.join(', ')}), which a mapping of Proxmox cannot name together: they are neither all of one slot nor of one kind`;
  return all.map((address) => ({ address, code: 'offer-impossible', why, hint: undefined }));
}

function mappingOf({ devices, chosen }: Offer, path: string, { node, mdevCapable }: NodeFacts): PciMapping {
  // Whatever somebody names of a group, all of it is given, and its first function is looked at.
  const device = devices[0] ?? chosen.device;
  const subsystem = subsystemOf(device);
  const mdev = mdevCapable.has(formatPciAddress(device.address));
  const liveMigrationCapable = devices.every(isMigratable);
  return {
    id: [classWord(device.pciClass), hex(device.vendor), hex(device.device), ...(mdev ? ['mdev'] : []), ...(liveMigrationCapable ? ['migratable'] : [])].join(
      '_',
    ),
    ...{ device, mdev, liveMigrationCapable },
    map: [{ id: idOf(device), iommugroup: device.iommuGroup ?? -1, node, path, ...(subsystem === undefined ? {} : { 'subsystem-id': subsystem }) }],
  };
}

function idOf({ vendor, device }: NodeDevice): string {
  return `${hex(vendor)}:${hex(device)}`;
}

function subsystemOf({ subsystemVendor, subsystemDevice }: NodeDevice): string | undefined {
  return subsystemVendor === undefined || subsystemDevice === undefined ? undefined : `${hex(subsystemVendor)}:${hex(subsystemDevice)}`;
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0');
}

/** Whether a word can be the name of a node: a label of a host name. */
export function isNodeName(word: string): boolean {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(word);
}
