/** Reading functions that have to be there, without the rest of the host. */
import type { PciAddress } from '../pci/address.ts';
import { refuseAbsent } from '../state/absent-functions.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { readAddresses, readNodeDevice } from './inventory.ts';
import type { HostReader } from './port.ts';

/** @throws {HostdevError} `function-unknown` for all that are not there, with what the machine has instead. */
export async function requireFunctions(port: HostReader, addresses: readonly PciAddress[]): Promise<NodeDevice[]> {
  const found = await Promise.all(addresses.map((address) => readNodeDevice(port, address)));
  const missing = addresses.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) refuseAbsent(await readAddresses(port), missing);
  return found.filter((device) => device !== undefined);
}

/** The same for one function. */
export async function requireFunction(port: HostReader, address: PciAddress): Promise<NodeDevice> {
  const [device] = await requireFunctions(port, [address]);
  return device as NodeDevice;
}
