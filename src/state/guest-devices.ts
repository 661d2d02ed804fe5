/** The devices of a guest's XML, read once for all who ask about one text: a wish names thousands of functions of a guest, and asks about each of them. */
import { readDomain } from '../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../domain/hostdev.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';

export interface GuestDevices {
  /** In the order of the XML, those of pools among them. */
  readonly all: readonly Hostdev[];
  /** The first that has the function. */
  readonly bySource: (source: PciAddress) => Hostdev | undefined;
  /** Whether an interface with this MAC address, in small letters, gets its function from a network. */
  readonly hasPooled: (mac: string) => boolean;
}

/** What runs of two guests and their definitions: one is asked about after the other. */
const KEPT = 4;
const kept = new Map<string, GuestDevices>();

/** @throws {HostdevError} as `readDomain` and `readHostdevs`. */
export function guestDevices(xml: string): GuestDevices {
  const found = kept.get(xml) ?? read(xml);
  // The one that was asked about last goes last.
  kept.delete(xml);
  kept.set(xml, found);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  return found;
}

function read(xml: string): GuestDevices {
  const all = readHostdevs(readDomain(xml), 'with pools');
  const bySource = new Map<string, Hostdev>();
  const pooled = new Set<string>();
  for (const each of all) {
    const name = each.source === undefined ? undefined : formatPciAddress(each.source);
    if (name !== undefined && !bySource.has(name)) bySource.set(name, each);
    if (name === undefined && each.form === 'interface' && each.mac !== undefined) pooled.add(each.mac.toLowerCase());
  }
  return { all, bySource: (source) => bySource.get(formatPciAddress(source)), hasPooled: (mac) => pooled.has(mac) };
}
