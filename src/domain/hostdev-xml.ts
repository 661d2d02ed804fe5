/** Writing `<hostdev>` and `<interface type='hostdev'>` elements. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress, pciAddressAttributes } from '../pci/address.ts';
import { checkFid, checkUid, formatFid, formatUid, type ZpciIds } from '../pci/zpci.ts';
import { element, type XmlLine } from '../xml/write.ts';
import type { VirtualPort } from './hostdev.ts';
import { checkVirtualPort } from './virtual-port.ts';

/** What the element shall say. Only `source` is needed; the rest is left out where it is missing. */
export interface HostdevSpec {
  readonly source: PciAddress;
  /** Whether libvirt takes the function from its host driver and gives it back; true when missing. */
  readonly managed?: boolean;
  /** A host driver other than vfio-pci (a VFIO variant driver). */
  readonly driverModel?: string;
  /** Over iommufd instead of a VFIO container, which libvirt knows since 12.1. */
  readonly iommufd?: boolean;
  /** Place in the guest; its domain must be 0. */
  readonly guestAddress?: PciAddress;
  readonly multifunction?: boolean;
  readonly zpci?: ZpciIds;
  /** ROM BAR shown or hidden, no ROM at all, or an image file. */
  readonly rom?: 'on' | 'off' | 'none' | { readonly file: string };
  /** 1 or higher. */
  readonly bootOrder?: number;
  /** Alias of the virtio interface that takes over while this function is away (failover). */
  readonly teaming?: string;
  /** Makes it an `<interface type='hostdev'>`: a VF whose MAC, VLAN or virtual port libvirt sets. */
  readonly interface?: InterfaceSpec;
}

/** What libvirt sets of a virtual function before a guest gets it. */
export interface InterfaceSpec {
  readonly mac?: string;
  readonly vlan?: number;
  readonly virtualport?: VirtualPort;
}

/**
 * The element's lines, indented by two spaces inside.
 *
 * @throws {HostdevError} `guest-address-domain`, `uid-range`, `fid-range`, `mac-malformed`, `option-conflict`, `interface-invalid`, or
 * `xml-malformed` for what cannot be written.
 * @example
 * ```ts
 * import { formatHostdev, parsePciAddress } from 'hostdev';
 * console.log(formatHostdev({ source: parsePciAddress('0002:00:00.0') })[0]); // → <hostdev mode='subsystem' type='pci' managed='yes'>
 * ```
 */
export function formatHostdev(spec: HostdevSpec): XmlLine[] {
  checkSpec(spec);
  const managed = spec.managed === false ? 'no' : 'yes';
  const driver = element('driver', { name: 'vfio', model: spec.driverModel, iommufd: spec.iommufd === true ? 'yes' : undefined });
  const source = Object.fromEntries(pciAddressAttributes(spec.source));
  const settings = [...bootAndRom(spec), ...teaming(spec), ...guestAddress(spec)];
  if (spec.interface === undefined) {
    return element('hostdev', { mode: 'subsystem', type: 'pci', managed }, [...driver, ...element('source', {}, element('address', source)), ...settings]);
  }
  const { mac, vlan, virtualport } = spec.interface;
  return element('interface', { type: 'hostdev', managed }, [
    ...macElement(mac),
    ...driver,
    ...element('source', {}, element('address', { type: 'pci', ...source })),
    ...vlanElement(vlan),
    ...virtualPort(virtualport),
    ...settings,
  ]);
}

/** An interface whose function a network of libvirt (a pool) chooses. */
export interface PoolInterfaceSpec extends Pick<HostdevSpec, 'guestAddress' | 'zpci'> {
  readonly network: string;
  readonly mac: string;
  readonly vlan?: number | undefined;
}

/** Lines of an `<interface type='network'>`, indented by two spaces inside. */
export function formatPoolInterface({ network, mac, vlan, ...place }: PoolInterfaceSpec): XmlLine[] {
  return element('interface', { type: 'network' }, [...macElement(mac), ...element('source', { network }), ...vlanElement(vlan), ...guestAddress(place)]);
}

/** libvirt keeps it in 32 bits. */
const MOST_BOOT_ORDER = 0xffff_ffff;

function checkSpec(spec: HostdevSpec): void {
  const { guestAddress: guest, zpci, bootOrder } = spec;
  if (guest !== undefined && guest.domain !== 0) {
    throw new HostdevError('guest-address-domain', `guest address ${formatPciAddress(guest)} has domain 0x${guest.domain.toString(16)}`, {
      subject: formatPciAddress(guest),
      hint: "a guest's PCI domain is always 0, also on IBM Z, where its kernel shows the uid there by itself; write it with domain 0",
    });
  }
  if (zpci?.uid !== undefined) checkUid(zpci.uid);
  if (zpci?.fid !== undefined) checkFid(zpci.fid);
  if (bootOrder !== undefined && (!Number.isInteger(bootOrder) || bootOrder < 1 || bootOrder > MOST_BOOT_ORDER)) {
    throw new HostdevError('number-malformed', `boot order ${bootOrder} is outside 1–${MOST_BOOT_ORDER}`, { hint: 'the device tried first has boot order 1' });
  }
  if (spec.interface !== undefined) checkInterface(spec.interface);
}

/** @throws {HostdevError} `mac-malformed`, `number-malformed`, `option-conflict`, `interface-invalid`. */
export function checkInterface(nic: InterfaceSpec): void {
  if (nic.mac !== undefined) checkMac(nic.mac);
  if (nic.vlan !== undefined && (!Number.isInteger(nic.vlan) || nic.vlan < 0 || nic.vlan > 4095)) {
    throw new HostdevError('number-malformed', `VLAN tag ${nic.vlan} is outside 0–4095`, { hint: 'choose a tag from 1 to 4094 (0 means untagged)' });
  }
  if (nic.vlan !== undefined && nic.virtualport !== undefined) {
    throw new HostdevError('option-conflict', 'a VLAN tag and a virtual port exclude each other on a hostdev interface', {
      hint: 'the switch sets the VLAN of a virtual port; leave the VLAN out',
    });
  }
  if (nic.virtualport !== undefined) checkVirtualPort(nic.virtualport);
}

/**
 * Checks that text is a unicast MAC address, as an interface must have.
 *
 * @throws {HostdevError} `mac-malformed`.
 * @example
 * ```ts
 * import { checkMac } from 'hostdev';
 * console.log(checkMac('52:54:00:12:34:56')); // → 52:54:00:12:34:56
 * ```
 */
export function checkMac(mac: string): string {
  const valid = /^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(mac);
  const multicast = valid && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
  if (valid && !multicast && !/^(00:){5}00$/.test(mac)) return mac;
  throw new HostdevError('mac-malformed', `'${mac.slice(0, 40)}' is not a ${multicast ? 'unicast ' : ''}MAC address`, {
    subject: mac.slice(0, 40),
    hint: multicast ? 'the first byte of an interface address is even, for example 52:54:00:6d:90:02' : 'write six bytes, for example 52:54:00:6d:90:02',
  });
}

function macElement(address: string | undefined): XmlLine[] {
  return address === undefined ? [] : element('mac', { address });
}

function vlanElement(id: number | undefined): XmlLine[] {
  return id === undefined ? [] : element('vlan', {}, element('tag', { id }));
}

function virtualPort(port: VirtualPort | undefined): XmlLine[] {
  if (port === undefined) return [];
  const parameters = Object.keys(port.parameters).length === 0 ? [] : element('parameters', port.parameters);
  return element('virtualport', { type: port.type }, parameters);
}

function bootAndRom({ bootOrder, rom }: HostdevSpec): XmlLine[] {
  const boot = bootOrder === undefined ? [] : element('boot', { order: bootOrder });
  if (rom === undefined) return boot;
  if (rom === 'on' || rom === 'off') return [...boot, ...element('rom', { bar: rom })];
  return [...boot, ...element('rom', rom === 'none' ? { enabled: 'no' } : { file: rom.file })];
}

function teaming({ teaming: persistent }: HostdevSpec): XmlLine[] {
  return persistent === undefined ? [] : element('teaming', { type: 'transient', persistent });
}

/** ids without numbers mean: on PCI, with these ids, wherever there is room. */
function guestAddress({ guestAddress: guest, zpci, multifunction }: Pick<HostdevSpec, 'guestAddress' | 'zpci' | 'multifunction'>): XmlLine[] {
  const ids = { uid: zpci?.uid === undefined ? undefined : formatUid(zpci.uid), fid: zpci?.fid === undefined ? undefined : formatFid(zpci.fid) };
  const hasIds = ids.uid !== undefined || ids.fid !== undefined;
  if (guest === undefined && !hasIds) return [];
  const numbers = guest === undefined ? {} : Object.fromEntries(pciAddressAttributes(guest));
  const flag = multifunction === true ? { multifunction: 'on' } : {};
  return element('address', { type: 'pci', ...numbers, ...flag }, hasIds ? element('zpci', ids) : []);
}
