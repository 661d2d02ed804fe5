/** Which functions of a host are meant by the names that somebody gave: the one place where ids are looked up. */
import type { FunctionName } from '../domain/function-name.ts';
import type { Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { absenceWords, functionAbsent } from './absent-functions.ts';
import type { NodeDevice } from './node-device.ts';

type IdName = Exclude<FunctionName, { kind: 'address' }>;

/**
 * The addresses a name means: an address itself, whether it is there or not; those of an id that the host has, all functions of a
 * physical channel (pchid) included.
 *
 * @returns addresses, or the problem with the name: `function-unknown`, `address-ambiguous` for an id that several functions have.
 * @example
 * ```ts
 * import { formatPciAddress, functionsNamed, parseFunctionName } from 'hostdev';
 * import { readInventory } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const devices = await readInventory(fakeKernel([{ address: '0002:00:00.0', fid: 0x100 }]));
 * const found = functionsNamed(devices, parseFunctionName('fid=0x100'));
 * console.log('code' in found ? found.message : found.map(formatPciAddress).join(' ')); // → 0002:00:00.0
 * ```
 */
export function functionsNamed(devices: readonly NodeDevice[], name: FunctionName): readonly PciAddress[] | Problem {
  if (name.kind === 'address') return [name.address];
  const found = devices.filter((device) => device.zpci?.[name.kind] === name.id).map(({ address }) => address);
  if (found.length === 0) return unknown(devices, name);
  if (found.length === 1 || name.kind === 'pchid') return found;
  return several(name, found);
}

/**
 * The one address a name means, for commands that take one function.
 *
 * @returns the address, or a problem as of {@link functionsNamed}; `address-ambiguous` for a channel with several functions, too.
 * @example
 * ```ts
 * import { functionNamed, parseFunctionName } from 'hostdev';
 * import { readInventory } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const devices = await readInventory(fakeKernel([{ address: '0002:00:00.0', fid: 0x100 }]));
 * console.log(functionNamed(devices, parseFunctionName('fid=0x100'))); // → { domain: 2, bus: 0, slot: 0, function: 0 }
 * ```
 */
export function functionNamed(devices: readonly NodeDevice[], name: FunctionName): PciAddress | Problem {
  const found = functionsNamed(devices, name);
  if ('code' in found) return found;
  const [only, second] = found;
  return only !== undefined && second === undefined ? only : several(name, found);
}

function several(name: FunctionName, found: readonly PciAddress[]): Problem {
  const addresses = found.map(formatPciAddress);
  return {
    code: 'address-ambiguous',
    severity: 'error',
    subject: name.written,
    message: `${name.written} means ${addresses.length} functions: ${addresses.join(', ')}`,
    hint: 'name the one that is meant by its address',
  };
}

const SHOWN = 8;

function unknown(devices: readonly NodeDevice[], { kind, written }: IdName): Problem {
  const ids = [...new Set(devices.flatMap((device) => device.zpci?.[kind] ?? []))].sort((a, b) => a - b);
  const has = ids
    .slice(0, SHOWN)
    .map((id) => `0x${id.toString(16)}`)
    .join(', ');
  return {
    code: 'function-unknown',
    severity: 'error',
    subject: written,
    message: absenceWords(written),
    hint:
      ids.length === 0
        ? `no function of it has a ${kind}, which only IBM Z gives; name the function by its address`
        : `it has ${kind} ${has}${ids.length > SHOWN ? ", … ('hostdev list' shows all)" : ''}; 'hostdev slot list' shows what is on standby`,
  };
}

/** A name that means no function of this host, and why. */
export interface UnknownName {
  readonly address: string;
  readonly problems: readonly Problem[];
}

/** The functions that names mean, and the names that mean none of this host. */
export function lookUp(
  devices: readonly NodeDevice[],
  names: readonly FunctionName[],
): { readonly there: readonly PciAddress[]; readonly unknown: readonly UnknownName[] } {
  const all = devices.map(({ address }) => address);
  const [there, unknown]: [PciAddress[], UnknownName[]] = [[], []];
  for (const name of names) {
    const found = functionsNamed(devices, name);
    if ('code' in found) unknown.push({ address: name.written, problems: [found] });
    else
      for (const address of found) {
        if (all.some((each) => samePciAddress(each, address))) there.push(address);
        else unknown.push({ address: formatPciAddress(address), problems: [functionAbsent(all, address)] });
      }
  }
  return { there, unknown };
}
