/** One function under two names: that is seen once the host is looked at. */
import { HostdevError, type SourceLocation } from '../../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import type { Selector } from '../../wish/wish.ts';

/** A part of a wish, and the function that it is of. */
export interface Meant {
  readonly at: SourceLocation;
  readonly selector: Selector;
  readonly address: PciAddress;
}

/** @throws {HostdevError} `wish-conflict`, with the place of the second. */
export function refuseTwiceMeant(all: readonly Meant[]): void {
  for (const [i, { at, selector, address }] of all.entries()) {
    const before = all.slice(0, i).find((each) => samePciAddress(each.address, address));
    if (before === undefined) continue;
    const name = formatPciAddress(address);
    const [one, other] = [selector.written, before.selector.written];
    throw new HostdevError('wish-conflict', one === other ? `${name} is named twice` : `${one} and ${other} are the same function ${name}`, {
      subject: name,
      hint: 'name it once',
      location: at,
    });
  }
}
