/** Functions that somebody named and the host does not have: what it has instead. */
import { HostdevError, type Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { parseSysfsName } from '../pci/sysfs-name.ts';

/** `function-unknown`: the machine does not have it, but `all` these. */
export function functionAbsent(all: readonly PciAddress[], address: PciAddress): Problem {
  return { ...absentWarning(address, nearby(all, address)), severity: 'error' };
}

/** The same where the function may well be another host's. */
export function absentWarning(address: PciAddress, hint: string): Problem {
  const name = formatPciAddress(address);
  return { code: 'function-unknown', severity: 'warning', subject: name, message: absenceWords(name), hint };
}

/** That a host has no function of that address, or with that id. */
export function absenceWords(name: string, host = 'this machine'): string {
  return `${host} has no PCI function ${parseSysfsName(name) === undefined ? 'with ' : ''}${name}`;
}

/** The same of another machine, where one is meant: whoever reads it does not look for the function here. */
export function absentThere(host: string | undefined, problem: Problem): Problem {
  const { code, subject } = problem;
  return host === undefined || subject === undefined || code !== 'function-unknown' ? problem : { ...problem, message: absenceWords(subject, host) };
}

/** @throws {HostdevError} `function-unknown`, when any are missing; one error tells all of them. */
export function refuseAbsent(all: readonly PciAddress[], missing: readonly PciAddress[]): void {
  const [first, ...others] = missing.map((address) => functionAbsent(all, address));
  if (first !== undefined) throw HostdevError.all(first, others);
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
