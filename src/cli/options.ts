/** Option values as users type them. */
import { checkMac, type HostdevSpec } from '../domain/hostdev-xml.ts';
import type { VirtualPort } from '../domain/hostdev.ts';
import { HostdevError } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { parseNumber } from '../pci/number.ts';
import { checkFid, checkUid } from '../pci/zpci.ts';

/** Options of `xml` and `attach`, as the parser gives them. */
export interface ElementOptions {
  readonly managed?: string;
  readonly uid?: string;
  readonly fid?: string;
  readonly guestAddress?: string;
  readonly multifunction?: boolean;
  readonly rom?: string;
  readonly bootOrder?: string;
  readonly driverModel?: string;
  readonly teaming?: string;
  readonly interface?: boolean;
  readonly mac?: string;
  readonly vlan?: string;
  readonly virtualportType?: string;
  readonly virtualportProfileid?: string;
  readonly virtualportManagerid?: string;
  readonly virtualportTypeid?: string;
  readonly virtualportTypeidversion?: string;
  readonly virtualportInstanceid?: string;
}

/** Addresses as words of the command line; a pasted lspci line may arrive as one argument. */
export function parseAddresses(words: readonly string[]): PciAddress[] {
  return words.map(parsePciAddress);
}

/**
 * One specification per address. `slotIsChosen` tells that the place of a device of several functions is found later.
 *
 * @throws {HostdevError} when a value is malformed or options contradict each other.
 */
export function elementSpecs(addresses: readonly PciAddress[], options: ElementOptions, slotIsChosen = false): HostdevSpec[] {
  refuseConflicts(addresses, options, slotIsChosen);
  const uid = options.uid === undefined ? undefined : checkUid(number('--uid', options.uid), options.uid);
  const fid = options.fid === undefined ? undefined : checkFid(number('--fid', options.fid), options.fid);
  const guest = options.guestAddress === undefined ? undefined : guestAddress(options.guestAddress);
  const nic = options.interface === true ? interfaceOf(options) : undefined;
  const rom = options.rom === undefined ? undefined : romOf(options.rom);
  return addresses.map((source, index) => {
    const own = guest === undefined ? undefined : options.multifunction === true ? { ...guest, function: index } : guest;
    return {
      source,
      managed: options.managed !== 'no',
      ...(options.driverModel === undefined ? {} : { driverModel: driverModel(options.driverModel) }),
      ...(own === undefined ? {} : { guestAddress: own }),
      ...(options.multifunction === true && index === 0 ? { multifunction: true } : {}),
      ...(uid === undefined && fid === undefined ? {} : { zpci: { ...(uid === undefined ? {} : { uid }), ...(fid === undefined ? {} : { fid }) } }),
      ...(rom === undefined ? {} : { rom }),
      ...(options.bootOrder === undefined ? {} : { bootOrder: number('--boot-order', options.bootOrder) }),
      ...(options.teaming === undefined ? {} : { teaming: aliasOf(options.teaming) }),
      ...(nic === undefined ? {} : { interface: nic }),
    };
  });
}

function refuseConflicts(addresses: readonly PciAddress[], options: ElementOptions, slotIsChosen: boolean): void {
  const conflict = (message: string, hint: string): never => {
    throw new HostdevError('option-conflict', message, { hint });
  };
  if (options.managed !== undefined && options.managed !== 'yes' && options.managed !== 'no') {
    conflict(`--managed is 'yes' or 'no', not '${options.managed}'`, 'yes lets libvirt take the function from its host driver and give it back');
  }
  if (addresses.length > 1) {
    const single = ['uid', 'fid', 'mac', 'bootOrder'] as const;
    const given = single.filter((name) => options[name] !== undefined).map((name) => `--${name === 'bootOrder' ? 'boot-order' : name}`);
    if (options.guestAddress !== undefined && options.multifunction !== true) given.push('--guest-address');
    if (given.length > 0)
      conflict(`${given.join(' and ')} can only belong to one function, but ${addresses.length} are named`, 'run the command once for each function');
  }
  if (options.multifunction === true) {
    if (options.guestAddress === undefined && !slotIsChosen)
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
    conflict(
      `--${needInterface[0]?.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} needs --interface`,
      "only <interface type='hostdev'> has a MAC address, VLAN or virtual port",
    );
  }
}

function number(option: string, text: string): number {
  const value = parseNumber(text);
  if (value !== undefined) return value;
  throw new HostdevError('number-malformed', `${option} '${text}' is not a number`, { subject: text, hint: 'write decimal (33) or hexadecimal (0x21)' });
}

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
    ...(options.vlan === undefined ? {} : { vlan: number('--vlan', options.vlan) }),
    ...(port === undefined ? {} : { virtualport: port }),
  };
}

const MOST_SECONDS = 86_400;

/**
 * Milliseconds of an option that is given in seconds; `more` says what it is when it is left out.
 *
 * @throws {HostdevError} `usage`.
 */
export function parseSeconds(option: string, text: string, least: number, more = ''): number {
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  if (seconds >= least && seconds <= MOST_SECONDS) return seconds * 1000;
  throw new HostdevError('usage', `${option} is a number of seconds, not '${text}'`, { hint: `from ${least} to ${MOST_SECONDS}${more}` });
}

/** A VLAN tag; what it may be is checked where it is written. */
export function parseVlan(text: string): number {
  const tag = number('--vlan', text);
  if (tag <= 4095) return tag;
  throw new HostdevError('number-malformed', `VLAN tag ${tag} is outside 0–4095`, { hint: 'choose a tag from 1 to 4094 (0 means untagged)' });
}

/** What says how an element looks; `managed` has a default, and counts when it is another one. */
const ELEMENT_OPTIONS = [
  ...(['uid', 'fid', 'guestAddress', 'multifunction', 'rom', 'bootOrder', 'driverModel', 'teaming', 'interface', 'mac', 'vlan'] as const),
  ...(['virtualportType', 'virtualportProfileid', 'virtualportManagerid', 'virtualportTypeid', 'virtualportTypeidversion', 'virtualportInstanceid'] as const),
];

/** @throws {HostdevError} `option-conflict` for an option that means nothing here: what was asked for is never silently left out. */
export function refuseGiven(options: ElementOptions, allowed: readonly (keyof ElementOptions)[], where: string): void {
  const given = ELEMENT_OPTIONS.filter((name) => options[name] !== undefined && !allowed.includes(name)) as string[];
  if (options.managed === 'no' && !allowed.includes('managed')) given.push('managed');
  if (given.length === 0) return;
  const words = given.map((name) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`).join(' and ');
  throw new HostdevError('option-conflict', `${where} does not go with ${words}`, {
    hint: `with ${where} there are ${allowed.map((name) => `--${name}`).join(', ')}`,
  });
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
