/** From the names that somebody gave to the functions of the host: ids are looked up here for every command. */
import type { FunctionName } from '../domain/function-name.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { readInventory } from '../host/inventory.ts';
import type { PciAddress } from '../pci/address.ts';
import { functionNamed, functionsNamed } from '../state/named-functions.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { AppContext } from './context.ts';

/**
 * The addresses that names mean, in their order; a physical channel (pchid) means all its functions. Whether an address is there is not asked:
 * a definition may name a function of another host.
 *
 * @throws {HostdevError} `function-unknown` or `address-ambiguous`, with all names that cannot be resolved.
 */
export async function resolveFunctions(context: AppContext, names: readonly FunctionName[]): Promise<PciAddress[]> {
  const devices = await devicesFor(context, names);
  const found = names.map((name) => functionsNamed(devices, name));
  refuse(found);
  return found.flatMap((each) => ('code' in each ? [] : each));
}

/**
 * As {@link resolveFunctions}, where each name has to mean one function.
 *
 * @throws {HostdevError} `function-unknown` or `address-ambiguous`.
 */
export async function resolveEach(context: AppContext, names: readonly FunctionName[]): Promise<PciAddress[]> {
  const devices = await devicesFor(context, names);
  const found = names.map((name) => functionNamed(devices, name));
  refuse(found);
  return found.flatMap((each) => ('code' in each ? [] : [each]));
}

/** As {@link resolveEach}, for one name. */
export async function resolveFunction(context: AppContext, name: FunctionName): Promise<PciAddress> {
  const device = functionNamed(await devicesFor(context, [name]), name);
  if ('code' in device) throw HostdevError.from(device);
  return device;
}

/**
 * Ids are looked up on the machine that is looked at; those of a guest's own host on the other side of a connection cannot be.
 *
 * @throws {HostdevError} `option-conflict`.
 */
export function refuseIdsElsewhere(names: readonly FunctionName[], { isLocal }: { readonly isLocal: boolean }): void {
  const id = names.find(({ kind }) => kind !== 'address');
  if (isLocal || id === undefined) return;
  throw new HostdevError('option-conflict', `${id.written} is looked up on this machine, but the guest is on another one`, {
    subject: id.written,
    hint: "name the function by the address it has there: 'hostdev list' there shows it",
  });
}

/** An address says itself which function it is; then the host is not read. */
async function devicesFor({ port }: AppContext, names: readonly FunctionName[]): Promise<readonly NodeDevice[]> {
  return names.some(({ kind }) => kind !== 'address') ? readInventory(port) : [];
}

function refuse(found: readonly (PciAddress | readonly PciAddress[] | Problem)[]): void {
  const [first, ...others] = found.filter((each): each is Problem => 'code' in each);
  if (first !== undefined) throw HostdevError.all(first, others);
}
