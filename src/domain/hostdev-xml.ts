/** Writing `<hostdev>` and `<interface type='hostdev'>` elements. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress, formatPciAddressXml, type PciAddress } from '../pci/address.ts';
import { checkFid, checkUid, formatFid, formatUid, type ZpciIds } from '../pci/zpci.ts';
import { escapeXml } from '../xml/references.ts';
import type { VirtualPort } from './hostdev.ts';

/** What the element shall say. Only `source` is needed; the rest is left out where it is missing. */
export interface HostdevSpec {
  readonly source: PciAddress;
  /** Whether libvirt takes the function from its host driver and gives it back; true when missing. */
  readonly managed?: boolean;
  /** A host driver other than vfio-pci (a VFIO variant driver). */
  readonly driverModel?: string;
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
  readonly interface?: { readonly mac?: string; readonly vlan?: number; readonly virtualport?: VirtualPort };
}

/**
 * The element's lines, indented by two spaces inside.
 *
 * @throws {HostdevError} `guest-address-domain`, `uid-range`, `fid-range`, `mac-malformed` or `option-conflict`.
 * @example
 * ```ts
 * import { formatHostdev, parsePciAddress } from 'hostdev';
 * console.log(formatHostdev({ source: parsePciAddress('0002:00:00.0') })[0]); // → <hostdev mode='subsystem' type='pci' managed='yes'>
 * ```
 */
export function formatHostdev(spec: HostdevSpec): string[] {
  checkSpec(spec);
  const managed = spec.managed === false ? 'no' : 'yes';
  const source = formatPciAddressXml(spec.source);
  if (spec.interface === undefined) {
    return [
      `<hostdev mode='subsystem' type='pci' managed='${managed}'>`,
      ...indent([driverLine(spec), '<source>', `  <address ${source}/>`, '</source>', ...bootAndRom(spec), ...teamingLines(spec), ...guestAddress(spec)]),
      '</hostdev>',
    ];
  }
  return [
    `<interface type='hostdev' managed='${managed}'>`,
    ...indent([
      ...(spec.interface.mac === undefined ? [] : [`<mac address='${spec.interface.mac}'/>`]),
      driverLine(spec),
      '<source>',
      `  <address type='pci' ${source}/>`,
      '</source>',
      ...vlanLines(spec.interface.vlan),
      ...virtualPortLines(spec.interface.virtualport),
      ...bootAndRom(spec),
      ...teamingLines(spec),
      ...guestAddress(spec),
    ]),
    '</interface>',
  ];
}

/** An interface whose function a network of libvirt (a pool) chooses. */
export interface PoolInterfaceSpec extends Pick<HostdevSpec, 'guestAddress' | 'zpci'> {
  readonly network: string;
  readonly mac: string;
  readonly vlan?: number | undefined;
}

/** Lines of an `<interface type='network'>`, indented by two spaces inside. */
export function formatPoolInterface({ network, mac, vlan, ...place }: PoolInterfaceSpec): string[] {
  return [
    "<interface type='network'>",
    ...indent([`<mac address='${mac}'/>`, `<source network='${escapeXml(network)}'/>`, ...vlanLines(vlan), ...guestAddress(place)]),
    '</interface>',
  ];
}

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
  if (bootOrder !== undefined && (!Number.isInteger(bootOrder) || bootOrder < 1)) {
    throw new HostdevError('number-malformed', `boot order ${bootOrder} is not 1 or higher`, { hint: 'the device tried first has boot order 1' });
  }
  if (spec.interface !== undefined) checkInterface(spec.interface);
}

function checkInterface(nic: NonNullable<HostdevSpec['interface']>): void {
  if (nic.mac !== undefined) checkMac(nic.mac);
  if (nic.vlan !== undefined && (!Number.isInteger(nic.vlan) || nic.vlan < 0 || nic.vlan > 4095)) {
    throw new HostdevError('number-malformed', `VLAN tag ${nic.vlan} is outside 0–4095`, { hint: 'choose a tag from 1 to 4094 (0 means untagged)' });
  }
  if (nic.vlan !== undefined && nic.virtualport !== undefined) {
    throw new HostdevError('option-conflict', 'a VLAN tag and a virtual port exclude each other on a hostdev interface', {
      hint: 'the switch sets the VLAN of a virtual port; leave the VLAN out',
    });
  }
}

/**
 * Checks that text is a unicast MAC address, as an interface must have.
 *
 * @throws {HostdevError} `mac-malformed`.
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

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function driverLine(spec: HostdevSpec): string {
  const model = spec.driverModel === undefined ? '' : ` model='${escapeXml(spec.driverModel)}'`;
  return `<driver name='vfio'${model}/>`;
}

function vlanLines(vlan: number | undefined): string[] {
  return vlan === undefined ? [] : ['<vlan>', `  <tag id='${vlan}'/>`, '</vlan>'];
}

function virtualPortLines(port: VirtualPort | undefined): string[] {
  if (port === undefined) return [];
  const type = port.type === undefined ? '' : ` type='${escapeXml(port.type)}'`;
  const parameters = Object.entries(port.parameters).map(([name, value]) => ` ${name}='${escapeXml(value)}'`);
  if (parameters.length === 0) return [`<virtualport${type}/>`];
  return [`<virtualport${type}>`, `  <parameters${parameters.join('')}/>`, '</virtualport>'];
}

function bootAndRom(spec: HostdevSpec): string[] {
  const lines = spec.bootOrder === undefined ? [] : [`<boot order='${spec.bootOrder}'/>`];
  const { rom } = spec;
  if (rom === 'on' || rom === 'off') lines.push(`<rom bar='${rom}'/>`);
  else if (rom === 'none') lines.push("<rom enabled='no'/>");
  else if (rom !== undefined) lines.push(`<rom file='${escapeXml(rom.file)}'/>`);
  return lines;
}

function teamingLines({ teaming }: HostdevSpec): string[] {
  return teaming === undefined ? [] : [`<teaming type='transient' persistent='${escapeXml(teaming)}'/>`];
}

/** ids without numbers mean: on PCI, with these ids, wherever there is room. */
function guestAddress(spec: Pick<HostdevSpec, 'guestAddress' | 'zpci' | 'multifunction'>): string[] {
  const { guestAddress: guest, zpci, multifunction } = spec;
  const ids = [...(zpci?.uid === undefined ? [] : [` uid='${formatUid(zpci.uid)}'`]), ...(zpci?.fid === undefined ? [] : [` fid='${formatFid(zpci.fid)}'`])];
  if (guest === undefined && ids.length === 0) return [];
  const numbers = guest === undefined ? '' : ` ${formatPciAddressXml(guest)}`;
  const open = `<address type='pci'${numbers}${multifunction === true ? " multifunction='on'" : ''}`;
  return ids.length === 0 ? [`${open}/>`] : [`${open}>`, `  <zpci${ids.join('')}/>`, '</address>'];
}
