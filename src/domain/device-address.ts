/** A device's place in the guest, copied from one element to another. */
import { applySplices, insertChild } from '../xml/edit.ts';
import { parseXml } from '../xml/parse.ts';
import { childElement } from '../xml/read.ts';

/** The element of a device without place, with the `<address>` that another one has. */
export function copyAddress(from: string, to: string): string {
  const [source, target] = [parseXml(from), parseXml(to)];
  const address = childElement(source.root, 'address');
  if (address === undefined || childElement(target.root, 'address') !== undefined) return to;
  return applySplices(to, [insertChild(target, target.root, source.source.slice(address.start, address.end).split('\n'))]);
}
