/** By which key a fleet knows each function of a host. */
import { formatPciAddress } from '../../pci/address.ts';
import type { NodeDevice } from '../../state/node-device.ts';
import { formatFunctionKey, type FunctionKey } from './keys.ts';

/** Who a host is for a fleet. */
export interface HostIdentity {
  /** Its name in the fleet. */
  readonly host: string;
  /** Of an IBM Z machine, whose function ids all its partitions share; undefined where the ids are this host's alone. */
  readonly serial: string | undefined;
}

/** The key of each function, by its address as `formatPciAddress` writes it. */
export function functionKeys(functions: readonly NodeDevice[], identity: HostIdentity): ReadonlyMap<string, string> {
  const indexes = virtualIndexes(functions);
  return new Map(
    functions.map((device) => {
      const address = formatPciAddress(device.address);
      return [address, formatFunctionKey(functionKey(device, indexes.get(address), identity))];
    }),
  );
}

/** A virtual function is known by its physical one and its number: the kernel gives it another address when they are made anew over another count. */
function functionKey(device: NodeDevice, index: number | undefined, { host, serial }: HostIdentity): FunctionKey {
  const { address, physicalFunction, zpci } = device;
  if (serial !== undefined && zpci?.fid !== undefined) return { kind: 'machine', serial, fid: zpci.fid };
  if (physicalFunction !== undefined && index !== undefined) return { kind: 'virtual', host, physicalFunction, index };
  return { kind: 'address', host, address };
}

/** Address of a virtual function → its number: the kernel's links virtfn0, virtfn1, … are read in that order. */
function virtualIndexes(functions: readonly NodeDevice[]): ReadonlyMap<string, number> {
  return new Map(functions.flatMap(({ sriov }) => (sriov?.virtualFunctions ?? []).map((address, index) => [formatPciAddress(address), index] as const)));
}
