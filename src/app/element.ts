/** `hostdev xml`: the elements that give functions to a guest. */
import { formatHostdev, type HostdevSpec } from '../domain/hostdev-xml.ts';
import { formatPciAddress } from '../pci/address.ts';
import { refuseTwice } from '../pci/named-once.ts';

/** One function's element as `--json` prints it. */
export interface HostdevElement {
  readonly address: string;
  readonly xml: string;
}

/** @throws {HostdevError} `address-twice`, and what {@link formatHostdev} throws. */
export function hostdevElements(specs: readonly HostdevSpec[]): HostdevElement[] {
  refuseTwice(specs.map(({ source }) => source));
  return specs.map((spec) => ({ address: formatPciAddress(spec.source), xml: formatHostdev(spec).join('\n') }));
}
