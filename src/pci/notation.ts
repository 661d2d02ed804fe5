/** Every notation people paste for a PCI function, read into one address. */
import { HostdevError } from '../errors.ts';
import { type PciAddress, pciAddress } from './address.ts';
import { parseNumber } from './number.ts';

// Hexadecimal whether or not 0x is written: lspci, sysfs and libvirt's XML all mean hexadecimal.
const HEX = '(?:0[xX])?([0-9a-fA-F]+)';
const COLONS = new RegExp(`^(?:${HEX}:)?${HEX}:${HEX}\\.${HEX}$`);
const NODE_DEVICE = /^pci_([0-9a-fA-F]+)_([0-9a-fA-F]+)_([0-9a-fA-F]+)_([0-9a-fA-F]+)$/;
const XML_ATTRIBUTES = /\b(domain|bus|slot|function)\s*=\s*(['"])\s*(\w+)\s*\2/g;

/**
 * Reads a PCI address as people paste it: `2:0.0` (domain 0), `0002:00:00.0`, `0x0002:0x00:0x00.0x0`,
 * `pci_0002_00_00_0`, a whole line of `lspci`, or the attributes of libvirt's `<address …/>`. Digits are
 * hexadecimal in all of them but the last, where XML's own notation decides (`0x1f` or `31`).
 *
 * @throws {HostdevError} `address-malformed` when it is none of these, `address-range` when a part is too large.
 * @example
 * ```ts
 * import { formatPciAddress, parsePciAddress } from 'hostdev';
 * console.log(formatPciAddress(parsePciAddress('0002:00:00.0 Ethernet controller: Mellanox'))); // → 0002:00:00.0
 * ```
 */
export function parsePciAddress(text: string): PciAddress {
  const trimmed = text.trim();
  const fromXml = parseXmlAttributes(trimmed);
  if (fromXml !== undefined) return fromXml;
  // In a line of lspci the address is the first word, the class follows.
  const word = /^\S+/.exec(trimmed)?.[0] ?? '';
  const match = COLONS.exec(word) ?? NODE_DEVICE.exec(word);
  if (match === null) throw malformed(text);
  const [domain, bus, slot, fn] = [match[1] ?? '0', match[2], match[3], match[4]].map((digits) => Number.parseInt(digits ?? '', 16));
  return pciAddress(domain ?? Number.NaN, bus ?? Number.NaN, slot ?? Number.NaN, fn ?? Number.NaN, word);
}

function parseXmlAttributes(text: string): PciAddress | undefined {
  if (!text.includes('=')) return undefined;
  const parts = new Map<string, number>();
  for (const [, name, , value] of text.matchAll(XML_ATTRIBUTES)) parts.set(name ?? '', parseNumber(value ?? '') ?? Number.NaN);
  const [bus, slot] = [parts.get('bus'), parts.get('slot')];
  if (bus === undefined || slot === undefined || [...parts.values()].some(Number.isNaN)) return undefined;
  return pciAddress(parts.get('domain') ?? 0, bus, slot, parts.get('function') ?? 0, text);
}

function malformed(text: string): HostdevError {
  const shown = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return new HostdevError('address-malformed', `'${shown}' is not a PCI address`, {
    subject: shown,
    hint: 'write domain:bus:slot.function as lspci -D prints it, for example 0002:00:00.0',
  });
}
