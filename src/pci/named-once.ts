/** Functions that a command is about are named once each. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress } from './address.ts';

/** @throws {HostdevError} `address-twice` when one function is named more than once. */
export function refuseTwice(addresses: readonly PciAddress[]): void {
  const seen = new Set<string>();
  for (const name of addresses.map(formatPciAddress)) {
    if (seen.has(name)) throw new HostdevError('address-twice', `${name} is named twice`, { subject: name, hint: 'name each function once' });
    seen.add(name);
  }
}
