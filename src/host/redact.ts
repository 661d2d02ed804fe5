/** Hiding what identifies a machine in its snapshot: MAC addresses, serial numbers, UUIDs, IP addresses, world-wide names. */
import { hideKernelParameters, hideModuleOptions } from './redact-parameters.ts';
import { findExtendedCapability } from './config-space.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { LONG_ID, MAC, standIns, UUID } from './stand-ins.ts';

/** An address behind a word that says so, or at the beginning of a mount's source. */
const PEER = /((?:^|[\s,])(?:(?:addr|ip|traddr|mountaddr|clientaddr)=|(?=[0-9.]+:\/)))((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]*:[0-9a-f:]+)/gi;

/** Attributes that are serial numbers as a whole. */
const SERIAL_FILES = /\/(serial|serial_number|wwid|nguid|eui|vpd|product_serial|board_serial|chassis_serial|util_string)$/;

/** Whether the file is one. */
export function isSerialFile(path: string): boolean {
  return SERIAL_FILES.test(path);
}

/** Files in which people put passwords and keys. */
const SECRETS: readonly (readonly [path: RegExp, hide: (text: string) => string])[] = [
  [/^\/proc\/cmdline$/, hideKernelParameters],
  [/\/modprobe\.d\/[^/]+\.conf$/, hideModuleOptions],
];

/** PCI Express Device Serial Number. */
const SERIAL_CAPABILITY = 0x0003;

/** The same machine without what identifies it; equal things stay equal, so that plans come out the same. */
export function redact(snapshot: Snapshot): Snapshot {
  const { mac, uuid, longId, ip } = standIns();
  // Only addresses that are known to be some: four numbers with dots are also versions.
  const own = [...Object.values(snapshot.addresses).flat()].filter((address) => address.length > 6);
  const text = (value: string): string => {
    let hidden = value.replaceAll(MAC, mac).replaceAll(UUID, uuid).replaceAll(LONG_ID, longId);
    for (const address of own) hidden = hidden.replaceAll(address, () => ip(address));
    // The other side of mounts, portals and targets.
    return hidden.replaceAll(PEER, (_, key: string, address: string) => `${key}${ip(address)}`);
  };
  return {
    ...snapshot,
    redacted: true,
    files: Object.fromEntries(Object.entries(snapshot.files).map(([path, found]) => [text(path), redactFile(path, found, text)])),
    links: mapValues(snapshot.links, text, text),
    directories: mapValues(snapshot.directories, text, (names) => names.map(text)),
    addresses: mapValues(snapshot.addresses, text, (list) => list.map(ip)),
    sessionAddress: snapshot.sessionAddress === null ? null : ip(snapshot.sessionAddress),
    claims: mapValues(snapshot.claims, text, (state) => state),
  };
}

type Found = Snapshot['files'][string];

function redactFile(path: string, found: Found, text: (value: string) => string): Found {
  if (isSerialFile(path)) return { text: 'hidden\n' };
  if (path.startsWith('/proc/net/') && 'text' in found) return { text: defaultRoutesOnly(path, found.text) };
  const secret = SECRETS.find(([where]) => where.test(path))?.[1];
  if ('text' in found) return { text: text(secret === undefined ? found.text : secret(found.text)) };
  if ('base64' in found && path.endsWith('/config')) return { base64: Buffer.from(withoutSerial(Buffer.from(found.base64, 'base64'))).toString('base64') };
  return found;
}

/** Routes are numbers that name networks and gateways; that there is a default route is kept. */
function defaultRoutesOnly(path: string, text: string): string {
  if (path.endsWith('ipv6_route')) {
    const kept = text.split('\n').filter((line) => line.startsWith(`${'0'.repeat(32)} 00 `));
    return kept
      .map(
        (line) =>
          `${line
            .trim()
            .split(/\s+/)
            .map((field, i) => (i === 4 ? '0'.repeat(32) : field))
            .join(' ')}\n`,
      )
      .join('');
  }
  const [head = '', ...rows] = text.split('\n');
  const kept = rows.map((row) => row.split('\t')).filter(([, destination]) => destination === '00000000');
  return [head, ...kept.map((fields) => fields.map((field, i) => (i === 2 ? '00000000' : field)).join('\t'))].map((row) => `${row}\n`).join('');
}

function withoutSerial(config: Uint8Array): Uint8Array {
  const at = findExtendedCapability(config, SERIAL_CAPABILITY);
  if (at === undefined) return config;
  const copy = new Uint8Array(config);
  copy.fill(0, at + 4, at + 12);
  return copy;
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, key: (name: string) => string, value: (each: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, each]) => [key(name), value(each)]));
}
