/** A device's place in the guest, copied from one element to another. */
import { applySplices, insertChild } from '../xml/edit.ts';
import { parseXml } from '../xml/parse.ts';
import { childElement, childElements } from '../xml/read.ts';
import { enclose } from '../xml/write.ts';
import { samePciAddress } from '../pci/address.ts';
import { readDomain } from './domain.ts';
import { type GuestAddress, readGuestAddress } from './guest-address.ts';

/** The element of a device without place, with the `<address>` that another one has. */
export function copyAddress(from: string, to: string): string {
  const [source, target] = [parseXml(from), parseXml(to)];
  const address = childElement(source.root, 'address');
  if (address === undefined || childElement(target.root, 'address') !== undefined) return to;
  return applySplices(to, [insertChild(target, target.root, source.source.slice(address.start, address.end).split('\n'))]);
}

/** Whether a device of a definition has the place, or an id, that another element names. */
export function isPlaceTaken(definition: string, element: string): boolean {
  const pasted = readDomain(enclose(['domain', 'devices'], element));
  const wanted = addressesIn(pasted)[0];
  return wanted !== undefined && addressesIn(readDomain(definition)).some((each) => sharePlace(each, wanted));
}

function addressesIn(domain: ReturnType<typeof readDomain>): GuestAddress[] {
  const devices = domain.devices === undefined ? [] : childElements(domain.devices);
  return devices.flatMap((device) => readGuestAddress(domain, device) ?? []);
}

function sharePlace({ pci, zpci }: GuestAddress, other: GuestAddress): boolean {
  const isSame = (one: number | undefined, two: number | undefined): boolean => one !== undefined && one === two;
  const isAt = pci !== undefined && other.pci !== undefined && samePciAddress(pci, other.pci);
  return isAt || isSame(zpci.uid, other.zpci.uid) || isSame(zpci.fid, other.zpci.fid);
}
