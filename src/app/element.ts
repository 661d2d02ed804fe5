/** `hostdev xml`: the elements that give functions to a guest. */
import type { VersionNumber } from '../addressing/libvirt/version.ts';
import { leftOutOf } from '../addressing/validate/new-xml.ts';
import { readDomain } from '../domain/domain.ts';
import { formatHostdev, type HostdevSpec } from '../domain/hostdev-xml.ts';
import type { Problem } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { enclose } from '../xml/write.ts';
import { refuseTwice } from '../pci/named-once.ts';

/** One function's element as `--json` prints it. */
export interface HostdevElement {
  readonly address: string;
  readonly xml: string;
}

/** What of these elements a libvirt leaves out because it came later. */
export function elementNotes(elements: readonly HostdevElement[], libvirt: VersionNumber): Problem[] {
  const domain = readDomain(enclose(['domain', 'devices'], elements.map(({ xml }) => xml).join('')));
  const found = leftOutOf(domain, libvirt).map(({ problem }) => problem);
  return found.filter(({ message }, i) => found.findIndex((other) => other.message === message) === i);
}

/** @throws {HostdevError} `address-twice`, and what {@link formatHostdev} throws. */
export function hostdevElements(specs: readonly HostdevSpec[]): HostdevElement[] {
  refuseTwice(specs.map(({ source }) => source));
  return specs.map((spec) => ({ address: formatPciAddress(spec.source), xml: formatHostdev(spec).join('\n') }));
}
