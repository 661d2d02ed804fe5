/** PCI addresses as value types: a host's function, and its place in a guest. */
import { HostdevError } from '../errors.ts';

/**
 * Where a PCI function is: domain 0–0xffffffff, bus 0–0xff, slot 0–0x1f, function 0–7. A guest's domain is
 * always 0 with libvirt, whatever the zPCI uid; a host's may be anything in the range: on IBM Z it is the
 * uid when uids are unique, and functions behind Intel's VMD or a Hyper-V bus have domains above 0xffff.
 */
export interface PciAddress {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/**
 * Highest value of each part on a host. Source: PCI Local Bus 3.0 §3.2.2.3; Linux and libvirt's `<source>` have domains of 32 bits,
 * of which at least four digits are written.
 */
export const PCI_ADDRESS_MAX = { domain: 0xffff_ffff, bus: 0xff, slot: 0x1f, function: 7 } as const;

/**
 * Makes an address after checking each part.
 *
 * @throws {HostdevError} `address-range` naming the part, its value and its range.
 * @example
 * ```ts
 * import { formatPciAddress, pciAddress } from 'hostdev';
 * console.log(formatPciAddress(pciAddress(2, 0, 0, 0))); // → 0002:00:00.0
 * ```
 */
export function pciAddress(domain: number, bus: number, slot: number, fn: number): PciAddress {
  return checkPciAddress({ domain, bus, slot, function: fn });
}

/**
 * The same address, each of whose parts is in its range.
 *
 * @param subject the words it was written in
 * @throws {HostdevError} `address-range`.
 */
export function checkPciAddress(address: PciAddress, subject?: string): PciAddress {
  for (const part of ['domain', 'bus', 'slot', 'function'] as const) {
    const value = address[part];
    const max = PCI_ADDRESS_MAX[part];
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new HostdevError('address-range', `${part} ${hex(value)} of a PCI address is out of range`, {
        subject,
        hint: `${part} goes from 0 to ${hex(max)}`,
        details: { part, value, max },
      });
    }
  }
  return address;
}

/**
 * `0002:00:00.0`, as lspci -D and sysfs print it.
 *
 * @example
 * ```ts
 * import { formatPciAddress, parsePciAddress } from 'hostdev';
 * console.log(formatPciAddress(parsePciAddress('2:0.0'))); // → 0000:02:00.0
 * ```
 */
export function formatPciAddress(a: PciAddress): string {
  return `${pad(a.domain, 4)}:${pad(a.bus, 2)}:${pad(a.slot, 2)}.${a.function.toString(16)}`;
}

/** The attributes of an address element by name, `0x0002` and so on, as libvirt writes them. */
export function pciAddressAttributes(a: PciAddress): [name: string, value: string][] {
  return [
    ['domain', `0x${pad(a.domain, 4)}`],
    ['bus', `0x${pad(a.bus, 2)}`],
    ['slot', `0x${pad(a.slot, 2)}`],
    ['function', `0x${a.function.toString(16)}`],
  ];
}

/**
 * `domain='0x0002' bus='0x00' slot='0x00' function='0x0'`, as libvirt writes it.
 *
 * @example
 * ```ts
 * import { formatPciAddressXml, parsePciAddress } from 'hostdev';
 * console.log(formatPciAddressXml(parsePciAddress('02:00.0'))); // → domain='0x0000' bus='0x02' slot='0x00' function='0x0'
 * ```
 */
export function formatPciAddressXml(a: PciAddress): string {
  return pciAddressAttributes(a)
    .map(([name, value]) => `${name}='${value}'`)
    .join(' ');
}

/**
 * `pci_0002_00_00_0`, the name of libvirt's node device.
 *
 * @example
 * ```ts
 * import { formatNodeDeviceName, parsePciAddress } from 'hostdev';
 * console.log(formatNodeDeviceName(parsePciAddress('0002:00:00.0'))); // → pci_0002_00_00_0
 * ```
 */
export function formatNodeDeviceName(a: PciAddress): string {
  return `pci_${pad(a.domain, 4)}_${pad(a.bus, 2)}_${pad(a.slot, 2)}_${a.function.toString(16)}`;
}

/**
 * Whether two addresses name the same function.
 *
 * @example
 * ```ts
 * import { parsePciAddress, samePciAddress } from 'hostdev';
 * console.log(samePciAddress(parsePciAddress('2:0.0'), parsePciAddress('pci_0000_02_00_0'))); // → true
 * ```
 */
export function samePciAddress(a: PciAddress, b: PciAddress): boolean {
  return a.domain === b.domain && a.bus === b.bus && a.slot === b.slot && a.function === b.function;
}

/**
 * Orders addresses as lspci lists them.
 *
 * @example
 * ```ts
 * import { comparePciAddress, formatPciAddress, parsePciAddress } from 'hostdev';
 * const all = ['0002:00:00.0', '02:00.1', '02:00.0'].map(parsePciAddress).sort(comparePciAddress);
 * console.log(all.map(formatPciAddress).join(' ')); // → 0000:02:00.0 0000:02:00.1 0002:00:00.0
 * ```
 */
export function comparePciAddress(a: PciAddress, b: PciAddress): number {
  return a.domain - b.domain || a.bus - b.bus || a.slot - b.slot || a.function - b.function;
}

function pad(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function hex(value: number): string {
  return Number.isInteger(value) && value >= 0 ? `0x${value.toString(16)}` : String(value);
}
