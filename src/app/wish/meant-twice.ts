/** One function under two names: that is seen once the host is looked at. */
import { HostdevError, type Problem, type SourceLocation } from '../../errors.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { MappedSelector, Selector } from '../../wish/wish.ts';

/** A part of a wish, and the function that it is of. */
export interface Meant {
  readonly at: SourceLocation;
  readonly selector: Selector | MappedSelector;
  readonly address: PciAddress;
}

/** A part of a wish, and the function that it is of; one that is not there yet has no address. */
interface Named extends Omit<Meant, 'address'> {
  readonly address: PciAddress | undefined;
  /** The same for the same function. */
  readonly name: string;
}

/** Each that was named before, with its place. */
export function meantTwice(all: readonly Named[]): Problem[] {
  const found = new Map<string, string>();
  return all.flatMap(({ at, selector: { written }, address, name }): Problem[] => {
    const before = found.get(name);
    if (before === undefined) {
      found.set(name, written);
      return [];
    }
    const known = address === undefined ? undefined : formatPciAddress(address);
    const same = ['the same function', known].join(' ').trimEnd();
    const message = written === before ? `${known ?? written} is named twice` : `${written} and ${before} are ${same}`;
    return [{ code: 'wish-conflict', severity: 'error', subject: known ?? written, message, hint: 'name it once', location: at }];
  });
}

/** @throws {HostdevError} `wish-conflict`, with the place of the second. */
export function refuseTwiceMeant(all: readonly Meant[]): void {
  const [first] = meantTwice(all.map((each) => ({ ...each, name: formatPciAddress(each.address) })));
  if (first !== undefined) throw HostdevError.from(first);
}
