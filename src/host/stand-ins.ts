/** What stands in for what identifies a machine: the same for the same thing, so that what belongs together still does. */
import { isIPv6 } from 'node:net';

/** Of Ethernet; InfiniBand's have twenty bytes. */
export const MAC = /\b[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5,19}\b/g;
export const UUID = /\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b/g;
/** LVM's and LUKS' identifiers in the uuid attribute of device mapper devices: 32 or 64 letters and digits. */
export const LONG_ID = /\b(?:[0-9a-f]{32}|[0-9A-Za-z]{64})\b/g;

/** One function a kind; each gives the stand-in. */
export interface StandIns {
  readonly mac: (address: string) => string;
  readonly uuid: (uuid: string) => string;
  readonly longId: (id: string) => string;
  readonly ip: (address: string) => string;
}

/** Stand-ins that are numbered in the order of appearance. */
export function standIns(): StandIns {
  const known = new Map<string, string>();
  const stand = (thing: string, make: (n: number) => string): string => {
    const key = thing.toLowerCase();
    const found = known.get(key) ?? make(known.size + 1);
    known.set(key, found);
    return found;
  };
  const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
  return {
    // Those of no device, and of all, say nothing.
    mac: (mac) => (/^(?:00:)+00$|^(?:ff:)+ff$/i.test(mac) ? mac : stand(mac, (n) => `02:00:00:00:${hex((n >> 8) & 0xff, 2)}:${hex(n & 0xff, 2)}`)),
    uuid: (uuid) => stand(uuid, (n) => `00000000-0000-4000-8000-${hex(n, 12)}`),
    longId: (id) => stand(id, (n) => hex(n, 32)),
    ip: (address) => {
      if (/^(127\.|169\.254\.)/.test(address) || /^(::1$|fe80:)/i.test(address)) return address.replace(/^(fe80:).*/i, '$1:1');
      // The ranges that documents use (RFC 5737, RFC 3849).
      return stand(address, (n) => (isIPv6(address) ? `2001:db8::${hex(n & 0xffff, 1)}` : `198.51.100.${n & 0xff}`));
    },
  };
}
