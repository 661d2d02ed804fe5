/** Every notation people paste for a PCI function, read into one address. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress, checkPciAddress, samePciAddress } from './address.ts';
import { parseNumber } from './number.ts';
import { meantAddress } from './meant-address.ts';
import { parseSysfsName } from './sysfs-name.ts';

// Hexadecimal whether or not 0x is written: lspci, sysfs and libvirt's XML all mean hexadecimal.
const HEX = '(?:0[xX])?([0-9a-fA-F]+)';
/** lspci and sysfs; lshw writes `pci@` before it. */
const COLONS = new RegExp(`^(?:pci@)?(?:${HEX}:)?${HEX}:${HEX}\\.${HEX}$`);
/** libvirt's and udev's names. */
const NODE_DEVICE = /^pci_([0-9a-fA-F]+)_([0-9a-fA-F]+)_([0-9a-fA-F]+)_([0-9a-fA-F]+)$/;
/** BusID of the X server, bus[@domain]:device:function, all decimal. Source: xorg.conf(5). */
const XORG = /^PCI:(\d+)(?:@(\d+))?:(\d+):(\d+)$/i;
const ATTRIBUTES = /\b(domain|bus|slot|function)\s*=\s*(?:'\s*(\w+)\s*'|"\s*(\w+)\s*"|(\w+)(?=[\s/]|$))/g;

/**
 * Reads a PCI address as people paste it: `02:00.0` (domain 0), `0002:00:00.0`, `0x0002:0x00:0x00.0x0`, `pci_0002_00_00_0`,
 * `pci@0002:00:00.0`, a path below `/sys`, the X server's `PCI:2:0:0`, a whole line of `lspci` or of another program that has
 * one address in it, or the attributes of libvirt's `<address …/>`. Digits are hexadecimal, but in XML, where its own notation
 * decides (`0x1f` or `31`), and for the X server, which writes decimal.
 *
 * @throws {HostdevError} `address-malformed` when it is none of these, `address-range` when a part is too large,
 * `address-ambiguous` when it names more than one function or can be read in two ways.
 * @example
 * ```ts
 * import { formatPciAddress, parsePciAddress } from 'hostdev';
 * console.log(formatPciAddress(parsePciAddress('0002:00:00.0 Ethernet controller: Mellanox'))); // → 0002:00:00.0
 * ```
 */
export function parsePciAddress(text: string): PciAddress {
  const found: PciAddress[] = [];
  for (const address of [...attributeAddresses(text), ...wordAddresses(text)]) if (!found.some((each) => samePciAddress(each, address))) found.push(address);
  const [first, second] = found;
  if (first === undefined) throw malformed(text);
  if (second === undefined) return first;
  throw new HostdevError('address-ambiguous', `'${shortened(text)}' names ${found.map(formatPciAddress).join(' and ')}`, {
    subject: shortened(text),
    hint: 'write the one that is meant, or each as a word of its own',
  });
}

/** The addresses of all words that are one. */
function wordAddresses(text: string): PciAddress[] {
  return text.split(/\s+/).flatMap((word) => wordAddress(word.replace(/[,;:]+$/, '')) ?? []);
}

function wordAddress(word: string): PciAddress | undefined {
  const xorg = XORG.exec(word);
  if (xorg !== null) return xorgAddress(word, xorg);
  // A directory of sysfs ends with the function's name, however one came there.
  const name = /\/([^/]+)\/*$/.exec(word)?.[1];
  if (name !== undefined) return parseSysfsName(name);
  const match = COLONS.exec(word) ?? NODE_DEVICE.exec(word);
  if (match === null) return undefined;
  const [domain, bus, slot, fn] = [match[1] ?? '0', match[2], match[3], match[4]].map((digits) => Number.parseInt(digits ?? '', 16));
  return checkPciAddress({ domain: domain ?? Number.NaN, bus: bus ?? Number.NaN, slot: slot ?? Number.NaN, function: fn ?? Number.NaN }, word);
}

/** The X server means decimal, whoever types it by hand mostly does not know: where that makes two functions, none is taken. */
function xorgAddress(word: string, [, bus, domain, slot, fn]: readonly (string | undefined)[]): PciAddress {
  const parts = [domain ?? '0', bus ?? '', slot ?? '', fn ?? ''];
  const [d = 0, b = 0, s = 0, f = 0] = parts.map((digits) => Number.parseInt(digits, 10));
  const address = checkPciAddress({ domain: d, bus: b, slot: s, function: f }, word);
  if (parts.every((digits) => Number.parseInt(digits, 16) === Number.parseInt(digits, 10))) return address;
  throw new HostdevError('address-ambiguous', `'${word}' is decimal for the X server, and hexadecimal everywhere else`, {
    subject: word,
    hint: `if it comes from the X server, ${formatPciAddress(address)} is meant: write that`,
  });
}

/** The addresses that attributes make, those of each tag by itself. */
function attributeAddresses(text: string): PciAddress[] {
  return text.split(/[<>]/).flatMap((tag) => attributeAddress(tag) ?? []);
}

function attributeAddress(text: string): PciAddress | undefined {
  const parts = new Map<string, number>();
  for (const [, name = '', single, double, bare] of text.matchAll(ATTRIBUTES)) {
    if (parts.has(name)) {
      throw new HostdevError('address-ambiguous', `'${shortened(text)}' has ${name} twice`, { subject: shortened(text), hint: 'write one address' });
    }
    parts.set(name, parseNumber(single ?? double ?? bare ?? '') ?? Number.NaN);
  }
  const [bus, slot] = [parts.get('bus'), parts.get('slot')];
  if (bus === undefined || slot === undefined || [...parts.values()].some(Number.isNaN)) return undefined;
  return checkPciAddress({ domain: parts.get('domain') ?? 0, bus, slot, function: parts.get('function') ?? 0 }, shortened(text));
}

function malformed(text: string): HostdevError {
  const shown = shortened(text);
  return new HostdevError('address-malformed', `'${shown}' is not a PCI address`, {
    subject: shown,
    hint: meantAddress(text.trim()) ?? 'write domain:bus:slot.function as lspci -D prints it, for example 0002:00:00.0',
  });
}

function shortened(text: string): string {
  const line = text.trim();
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
