/** The element that the options of `xml` and `attach` describe. */
import { checkMac, type HostdevSpec } from '../domain/hostdev-xml.ts';
import type { VirtualPort } from '../domain/hostdev.ts';
import { HostdevError } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { parseFid, parseUid } from '../pci/zpci-id.ts';
import { ELEMENT, type ElementOptions } from './command/options.ts';
import { optionKey } from './command/row.ts';
import { parseCount } from '../pci/count.ts';
import { parseVlan } from './numbers.ts';

type Slot = 'as given' | 'chosen later';

/**
 * One specification per address. The slot of a device of several functions has to be given, unless it is chosen later.
 *
 * @throws {HostdevError} when a value is malformed or options contradict each other.
 */
export function elementSpecs(addresses: readonly PciAddress[], options: ElementOptions, slot: Slot = 'as given'): HostdevSpec[] {
  refuseConflicts(addresses, options, slot);
  const uid = options.uid === undefined ? undefined : parseUid(options.uid, '--uid');
  const fid = options.fid === undefined ? undefined : parseFid(options.fid, '--fid');
  const bootOrder = options.bootOrder === undefined ? undefined : parseCount('--boot-order', options.bootOrder, BOOT_ORDER);
  const guest = options.guestAddress === undefined ? undefined : guestAddress(options.guestAddress);
  const nic = options.interface === true ? interfaceOf(options) : undefined;
  const rom = options.rom === undefined ? undefined : romOf(options.rom);
  return addresses.map((source, index) => {
    const own = guest === undefined ? undefined : options.multifunction === true ? { ...guest, function: index } : guest;
    return {
      source,
      managed: options.managed !== 'no',
      ...(options.driverModel === undefined ? {} : { driverModel: driverModel(options.driverModel) }),
      ...(options.iommufd === true ? { iommufd: true } : {}),
      ...(own === undefined ? {} : { guestAddress: own }),
      ...(options.multifunction === true && index === 0 ? { multifunction: true } : {}),
      ...(uid === undefined && fid === undefined ? {} : { zpci: { ...(uid === undefined ? {} : { uid }), ...(fid === undefined ? {} : { fid }) } }),
      ...(rom === undefined ? {} : { rom }),
      ...(bootOrder === undefined ? {} : { bootOrder }),
      ...(options.teaming === undefined ? {} : { teaming: aliasOf(options.teaming) }),
      ...(nic === undefined ? {} : { interface: nic }),
    };
  });
}

function refuseConflicts(addresses: readonly PciAddress[], options: ElementOptions, slot: Slot): void {
  const conflict = (message: string, hint: string): never => {
    throw new HostdevError('option-conflict', message, { hint });
  };
  if (options.managed !== undefined && options.managed !== 'yes' && options.managed !== 'no') {
    conflict(`--managed is 'yes' or 'no', not '${options.managed}'`, 'yes lets libvirt take the function from its host driver and give it back');
  }
  if (addresses.length > 1) {
    const single = ['uid', 'fid', 'mac', 'bootOrder'] as const;
    const given = single.filter((name) => options[name] !== undefined).map(flagOf);
    if (options.guestAddress !== undefined && options.multifunction !== true) given.push('--guest-address');
    if (given.length > 0)
      conflict(`${given.join(' and ')} can only belong to one function, but ${addresses.length} are named`, 'run the command once for each function');
  }
  if (options.multifunction === true) {
    if (options.guestAddress === undefined && slot === 'as given')
      conflict('--multifunction needs --guest-address: its functions share one guest slot', 'add for example --guest-address 0:5.0');
    if (addresses.length < 2 || addresses.length > 8)
      conflict(
        `--multifunction makes one guest device of 2 to 8 functions, but ${addresses.length} named`,
        'name all functions of the device, function 0 first',
      );
    if (options.uid !== undefined || options.fid !== undefined)
      conflict('--multifunction does not go with --uid and --fid', 'on IBM Z each function is a device of its own');
  }
  const needInterface = Object.keys(options).filter((name) => /^(mac|vlan|virtualport)/.test(name));
  if (options.interface !== true && needInterface.length > 0) {
    conflict(`${flagOf(needInterface[0] ?? '')} needs --interface`, "only <interface type='hostdev'> has a MAC address, VLAN or virtual port");
  }
}

/** libvirt keeps it in 32 bits. */
const BOOT_ORDER = { least: 1, most: 0xffff_ffff, hint: 'the device tried first has boot order 1' };

/** `0000:00:05.0`, `0:5.0` or `5` would be ambiguous; libvirt's own notation is asked for. */
function guestAddress(text: string): PciAddress {
  const address = parsePciAddress(text);
  if (address.domain === 0 && address.bus === 0 && address.slot === 0) {
    throw new HostdevError('guest-address-invalid', `guest address ${text} means "wherever there is room"`, {
      subject: text,
      hint: 'leave --guest-address out for that, or name a slot from 1',
    });
  }
  if (address.domain === 0) return address;
  throw new HostdevError('guest-address-domain', `guest address ${text} has domain 0x${address.domain.toString(16)}`, {
    subject: text,
    hint: "a guest's PCI domain is always 0, whatever the uid; give the uid with --uid",
  });
}

function romOf(text: string): NonNullable<HostdevSpec['rom']> {
  if (text === 'on' || text === 'off' || text === 'none') return text;
  if (text.startsWith('/')) return { file: text };
  throw new HostdevError('usage', `--rom is 'on', 'off', 'none' or the absolute path of an image, not '${text}'`, {
    hint: 'QEMU reads the image on the host, so its path must be absolute',
  });
}

function aliasOf(text: string): string {
  if (/^[\w.-]{1,255}$/.test(text)) return text;
  throw new HostdevError('usage', `--teaming is the alias of an interface, not '${text}'`, {
    hint: "for example ua-standby, as in <alias name='ua-standby'/> of the virtio interface",
  });
}

function driverModel(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  throw new HostdevError('usage', `'${text}' is not the name of a kernel driver`, { hint: 'for example mlx5_vfio_pci' });
}

function interfaceOf(options: ElementOptions): NonNullable<HostdevSpec['interface']> {
  const port = virtualPort(options);
  return {
    ...(options.mac === undefined ? {} : { mac: checkMac(options.mac) }),
    ...(options.vlan === undefined ? {} : { vlan: parseVlan(options.vlan) }),
    ...(port === undefined ? {} : { virtualport: port }),
  };
}

const ELEMENT_OPTIONS = ELEMENT.map(optionKey) as readonly (keyof ElementOptions)[];

/** @throws {HostdevError} `option-conflict` for an option that means nothing here: what was asked for is never silently left out. */
export function refuseGiven(options: ElementOptions, allowed: readonly (keyof ElementOptions)[], where: string): void {
  const means = (name: keyof ElementOptions): boolean => options[name] !== undefined && !(name === 'managed' && options.managed === 'yes');
  const given = ELEMENT_OPTIONS.filter((name) => means(name) && !allowed.includes(name));
  if (given.length === 0) return;
  throw new HostdevError('option-conflict', `${where} does not go with ${given.map(flagOf).join(' and ')}`, {
    hint: `with ${where} there are ${allowed.map(flagOf).join(', ')}`,
  });
}

/** `bootOrder` → `--boot-order` */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

const PORT_PARAMETERS = {
  profileid: 'virtualportProfileid',
  managerid: 'virtualportManagerid',
  typeid: 'virtualportTypeid',
  typeidversion: 'virtualportTypeidversion',
  instanceid: 'virtualportInstanceid',
} as const;

function virtualPort(options: ElementOptions): VirtualPort | undefined {
  const parameters = Object.fromEntries(
    Object.entries(PORT_PARAMETERS).flatMap(([name, option]) => (options[option] === undefined ? [] : [[name, options[option]]])),
  ) as Record<string, string>;
  const type = options.virtualportType;
  if (type === undefined && Object.keys(parameters).length === 0) return undefined;
  if (type !== '802.1Qbh' && type !== '802.1Qbg') {
    throw new HostdevError('usage', `--virtualport-type is '802.1Qbh' or '802.1Qbg'${type === undefined ? ' and must be given' : `, not '${type}'`}`, {
      hint: 'a hostdev interface needs 802.1Qbh with --virtualport-profileid',
    });
  }
  return { type, parameters };
}
