/** Names of vendors, devices and classes from a pci.ids file, read without parsing all of it. */

/** Ids to look up; a device's names need vendor and device, a subsystem's all four. */
export interface NameQuery {
  readonly vendor: number;
  readonly device: number;
  readonly subsystemVendor?: number | undefined;
  readonly subsystemDevice?: number | undefined;
  readonly pciClass: number;
}

export interface PciNames {
  readonly vendor: string | undefined;
  readonly device: string | undefined;
  readonly subsystem: string | undefined;
  /** Subclass name where the file has it, else that of the base class. */
  readonly pciClass: string | undefined;
}

const LINE_FEED = 0x0a;
const TAB = 0x09;

/**
 * A lookup over the bytes of a pci.ids file. Each vendor's block is found by search and read once: a full
 * parse of the file costs twenty times as much, and a machine has few vendors.
 *
 * @example
 * ```ts
 * import { pciNames } from 'hostdev';
 * const lookup = pciNames(new TextEncoder().encode('15b3  Mellanox\n\t101e  ConnectX VF\nC 02  Network controller\n\t00  Ethernet controller\n'));
 * console.log(lookup({ vendor: 0x15b3, device: 0x101e, pciClass: 0x020000 }).device); // → ConnectX VF
 * ```
 */
export function pciNames(file: Uint8Array | undefined): (query: NameQuery) => PciNames {
  const before = file === undefined ? undefined : lookups.get(file);
  if (before !== undefined) return before;
  const lookup = lookupIn(file);
  if (file !== undefined) lookups.set(file, lookup);
  return lookup;
}

/** Whoever lists a host over and over with the same file finds each vendor once. */
const lookups = new WeakMap<Uint8Array, (query: NameQuery) => PciNames>();

function lookupIn(file: Uint8Array | undefined): (query: NameQuery) => PciNames {
  const vendors = new Map<number, VendorBlock | undefined>();
  const classes = new Map<number, ClassBlock | undefined>();
  const vendorBlock = (id: number): VendorBlock | undefined => {
    if (!vendors.has(id)) vendors.set(id, file && readVendor(file, hex(id, 4)));
    return vendors.get(id);
  };
  const classBlock = (base: number): ClassBlock | undefined => {
    if (!classes.has(base)) classes.set(base, file && readClass(file, `C ${hex(base, 2)}`));
    return classes.get(base);
  };
  return (query) => {
    const vendor = vendorBlock(query.vendor);
    const base = classBlock(query.pciClass >> 16);
    const key = hex(query.device, 4);
    const { subsystemVendor: sv, subsystemDevice: sd } = query;
    return {
      vendor: vendor?.name,
      device: vendor?.entries.get(key),
      subsystem: sv === undefined || sd === undefined ? undefined : vendor?.entries.get(`${key} ${hex(sv, 4)} ${hex(sd, 4)}`),
      pciClass: base?.entries.get(hex((query.pciClass >> 8) & 0xff, 2)) ?? base?.name ?? BASE_CLASSES[query.pciClass >> 16],
    };
  };
}

interface Block {
  readonly name: string;
  readonly entries: ReadonlyMap<string, string>;
}
type VendorBlock = Block;
type ClassBlock = Block;

function readVendor(file: Uint8Array, id: string): VendorBlock | undefined {
  return readBlock(file, id, (device, line) => (line.startsWith('\t') ? `${device} ${line.slice(1, 10)}` : line.slice(0, 4)));
}

function readClass(file: Uint8Array, id: string): ClassBlock | undefined {
  return readBlock(file, id, (_, line) => (line.startsWith('\t') ? undefined : line.slice(0, 2)));
}

/** Reads the lines of one block: the heading, then everything that is indented below it. */
function readBlock(file: Uint8Array, id: string, keyOf: (outer: string, line: string) => string | undefined): Block | undefined {
  const start = findLine(file, id);
  if (start === -1) return undefined;
  let end = lineEnd(file, start);
  const heading = decode(file, start, end);
  while (end < file.length && (file[end + 1] === TAB || file[end + 1] === HASH)) end = lineEnd(file, end + 1);
  const entries = new Map<string, string>();
  let outer = '';
  for (const raw of decode(file, start, end).split('\n').slice(1)) {
    if (!raw.startsWith('\t')) continue;
    const line = raw.slice(1);
    const key = keyOf(outer, line);
    if (!line.startsWith('\t')) outer = key ?? outer;
    const name = /^\t?[0-9a-f]+(?: [0-9a-f]{4})? {2}(.+)$/.exec(line)?.[1];
    if (key !== undefined && name !== undefined) entries.set(key, name);
  }
  return { name: heading.slice(id.length).trim(), entries };
}

const HASH = 0x23;

/** Offset of the line that begins with the id and two spaces. */
function findLine(file: Uint8Array, id: string): number {
  const wanted = [...`${id}  `].map((char) => char.charCodeAt(0));
  const matches = (at: number): boolean => wanted.every((byte, i) => file[at + i] === byte);
  if (matches(0)) return 0;
  for (let at = file.indexOf(LINE_FEED); at !== -1; at = file.indexOf(LINE_FEED, at + 1)) {
    if (matches(at + 1)) return at + 1;
  }
  return -1;
}

function lineEnd(file: Uint8Array, from: number): number {
  const end = file.indexOf(LINE_FEED, from);
  return end === -1 ? file.length : end;
}

function decode(file: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(file.subarray(start, end));
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Base classes of the PCI Code and ID Assignment Specification, for machines without pci.ids. */
const BASE_CLASSES: Readonly<Record<number, string>> = {
  0x00: 'Unclassified device',
  0x01: 'Mass storage controller',
  0x02: 'Network controller',
  0x03: 'Display controller',
  0x04: 'Multimedia controller',
  0x05: 'Memory controller',
  0x06: 'Bridge',
  0x07: 'Communication controller',
  0x08: 'Generic system peripheral',
  0x09: 'Input device controller',
  0x0a: 'Docking station',
  0x0b: 'Processor',
  0x0c: 'Serial bus controller',
  0x0d: 'Wireless controller',
  0x0e: 'Intelligent controller',
  0x0f: 'Satellite communications controller',
  0x10: 'Encryption controller',
  0x11: 'Signal processing controller',
  0x12: 'Processing accelerators',
  0x13: 'Non-Essential Instrumentation',
  0x40: 'Coprocessor',
};
