/** Finding the function a user named. */
import { HostdevError } from '../errors.ts';
import { readAddresses, readNodeDevice } from '../host/inventory.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { HostReader } from '../host/port.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';

/** @throws {HostdevError} `function-unknown`, with what the machine has instead. */
export async function requireFunction(port: HostReader, address: PciAddress): Promise<NodeDevice> {
  const device = await readNodeDevice(port, address);
  if (device !== undefined) return device;
  throw functionUnknown(await readAddresses(port), address);
}

/** @throws {HostdevError} `function-unknown` for all that are not there. */
export async function requireFunctions(port: HostReader, addresses: readonly PciAddress[]): Promise<NodeDevice[]> {
  const found = await Promise.all(addresses.map((address) => readNodeDevice(port, address)));
  const missing = addresses.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) refuseUnknown(await readAddresses(port), missing);
  return found.filter((device) => device !== undefined);
}

/** @throws {HostdevError} `function-unknown`, when there are any; one error tells all of them. */
export function refuseUnknown(all: readonly PciAddress[], missing: readonly PciAddress[]): void {
  const [first, ...others] = missing.map((address) => functionUnknown(all, address).toProblem());
  if (first !== undefined) throw HostdevError.all(first, others);
}

/** `function-unknown`: the machine does not have it, but what it has. */
export function functionUnknown(all: readonly PciAddress[], address: PciAddress): HostdevError {
  const name = formatPciAddress(address);
  return new HostdevError('function-unknown', `this machine has no PCI function ${name}`, { subject: name, hint: nearby(all, address) });
}

/** On IBM Z only domains differ, and whoever leaves the bus out names another one: 2:0.0 is bus 2 of domain 0. */
export function domainMeant(all: readonly PciAddress[], { domain, bus, slot, function: fn }: PciAddress): string | undefined {
  if (domain !== 0 || bus === 0) return undefined;
  const meant = all.find((each) => samePciAddress(each, { domain: bus, bus: 0, slot, function: fn }));
  if (meant === undefined) return undefined;
  return `did you mean ${formatPciAddress(meant)}? Without a domain the first number is the bus: a domain is written with its bus`;
}

/** Most wrong addresses lack the domain or have the wrong one. */
function nearby(all: readonly PciAddress[], address: PciAddress): string {
  const domain = domainMeant(all, address);
  if (domain !== undefined) return domain;
  const similar = all.filter((a) => a.bus === address.bus && a.slot === address.slot && a.function === address.function);
  const shown = (similar.length > 0 ? similar : all).slice(0, 4).map(formatPciAddress);
  if (shown.length === 0) return "it has none at all; see 'hostdev list'";
  return `${similar.length > 0 ? 'did you mean' : 'it has'} ${shown.join(', ')}${all.length > shown.length ? ", …? ('hostdev list' shows all)" : '?'}`;
}

/** @throws {HostdevError} `address-twice` when one function is named more than once. */
export function refuseTwice(addresses: readonly PciAddress[]): void {
  const seen = new Set<string>();
  for (const name of addresses.map(formatPciAddress)) {
    if (seen.has(name)) throw new HostdevError('address-twice', `${name} is named twice`, { subject: name, hint: 'name each function once' });
    seen.add(name);
  }
}
