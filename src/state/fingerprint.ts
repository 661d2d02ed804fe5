/** Which card a function is, as opposed to where it is: after a card was moved, another one may have its address. */
import { parseSysfsName } from '../pci/sysfs-name.ts';

/** Facts that a function keeps across boots. Numbers are written as sysfs writes them. */
export interface Fingerprint {
  readonly vendor: string;
  readonly device: string;
  readonly subsystemVendor: string | null;
  readonly subsystemDevice: string | null;
  /** IBM Z: function id. */
  readonly fid: string | null;
  /** PCI Express Device Serial Number: where its eight bytes are in the config space, and what they are. */
  readonly serial: { readonly offset: number; readonly bytes: string } | null;
  /** MAC address of its network interface, where a host driver shows one. Only told, never matched: no driver, no MAC. */
  readonly mac: string | null;
  /**
   * Where it was seen, as lspci -D writes it. Null where a place says nothing: an IBM Z host without unique uids numbers its
   * PCI domains in the order functions appear, and the fid alone stays.
   */
  readonly place: string | null;
}

/** What differs between a fingerprint and the function that is there now; a fact that cannot be seen differs from nothing. */
export function fingerprintDifferences(kept: Fingerprint, now: Fingerprint): string[] {
  const found: string[] = [];
  const compare = (name: string, a: string | null, b: string | null): void => {
    if (a !== b) found.push(`${name} was ${a ?? 'absent'} and is ${b ?? 'absent'}`);
  };
  compare('vendor', kept.vendor, now.vendor);
  compare('device', kept.device, now.device);
  compare('subsystem vendor', kept.subsystemVendor, now.subsystemVendor);
  compare('subsystem device', kept.subsystemDevice, now.subsystemDevice);
  compare('function id', kept.fid, now.fid);
  if (kept.serial !== null) compare('serial number', kept.serial.bytes, now.serial?.bytes ?? null);
  if (kept.mac !== null && now.mac !== null) compare('MAC address', kept.mac.toLowerCase(), now.mac.toLowerCase());
  if (kept.place !== null && now.place !== null) compare('address', kept.place, now.place);
  return found;
}

/** Whether two functions are of one kind: the ids alone do not tell them apart. */
export function sameKind(a: Fingerprint, b: Fingerprint): boolean {
  return (['vendor', 'device', 'subsystemVendor', 'subsystemDevice'] as const).every((key) => a[key] === b[key]);
}

/** Word of the text → field, in the order they are written. */
const WORDS = {
  vendor: 'vendor',
  device: 'device',
  subsystem_vendor: 'subsystemVendor',
  subsystem_device: 'subsystemDevice',
  function_id: 'fid',
  serial: 'serial',
  mac: 'mac',
  place: 'place',
} as const satisfies Record<string, keyof Fingerprint>;

/** `vendor=0x8086 device=0x10c9 serial=260:0102030405060708 place=0000:02:00.0`; what is not known is left out. */
export function formatFingerprint(fingerprint: Fingerprint): string {
  return Object.entries(WORDS)
    .flatMap(([word, key]) => {
      const value = fingerprint[key];
      if (value === null) return [];
      return `${word}=${typeof value === 'string' ? value : `${value.offset}:${value.bytes.replaceAll(' ', '')}`}`;
    })
    .join(' ');
}

/** Reads what `formatFingerprint` writes; undefined when it is something else, or says something that is not known here. */
export function parseFingerprint(text: string): Fingerprint | undefined {
  const fields: Record<string, unknown> = {};
  for (const part of text.split(' ')) {
    const [word = '', value = ''] = [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)];
    const key = Object.hasOwn(WORDS, word) ? WORDS[word as keyof typeof WORDS] : undefined;
    if (key === undefined || key in fields) return undefined;
    fields[key] = key === 'serial' ? serialOf(value) : value;
  }
  return fingerprintOf(fields);
}

function serialOf(text: string): { offset: number; bytes: string } {
  const [offset = '', bytes = ''] = text.split(':');
  return { offset: Number(offset), bytes: (bytes.match(/../g) ?? []).join(' ') };
}

const ID = /^0x[0-9a-f]{4}$/;
const SHAPES = {
  vendor: ID,
  device: ID,
  subsystemVendor: ID,
  subsystemDevice: ID,
  fid: /^0x[0-9a-f]{1,8}$/,
  // InfiniBand's are longer than Ethernet's.
  mac: /^[0-9a-f]{2}(?::[0-9a-f]{2}){5,19}$/i,
  place: { test: (text: string) => parseSysfsName(text) !== undefined },
} as const;

/** The fingerprint that fields of a JSON object make; undefined when one of them is not what it has to be. */
export function fingerprintOf(value: unknown): Fingerprint | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const texts: Record<string, string | null> = {};
  for (const [key, shape] of Object.entries(SHAPES)) {
    const field = fields[key] ?? null;
    if (field !== null && (typeof field !== 'string' || !shape.test(field))) return undefined;
    texts[key] = field;
  }
  const { vendor, device, subsystemVendor = null, subsystemDevice = null, fid = null, mac = null, place = null } = texts;
  const serial = fields['serial'] ?? null;
  if (typeof vendor !== 'string' || typeof device !== 'string' || !isSerial(serial)) return undefined;
  return { vendor, device, subsystemVendor, subsystemDevice, fid, serial: serial === null ? null : { offset: serial.offset, bytes: serial.bytes }, mac, place };
}

/** The extended configuration space has 4096 bytes. */
const CONFIG_SPACE = 4096;

function isSerial(value: unknown): value is Fingerprint['serial'] {
  if (value === null) return true;
  const { offset, bytes } = value as { offset?: unknown; bytes?: unknown };
  const isOffset = Number.isInteger(offset) && (offset as number) > 0 && (offset as number) < CONFIG_SPACE;
  return isOffset && typeof bytes === 'string' && /^(?:[0-9a-f]{2} ){7}[0-9a-f]{2}$/.test(bytes);
}
