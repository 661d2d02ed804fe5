/** Asking ip(8) what a physical function's driver enforces for its virtual ones. */
import { HostdevError } from '../errors.ts';
import { samePciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { parseVfSettings, type VfPlace, type VfSettings } from '../state/vf-settings.ts';
import { readNodeDevice } from './inventory.ts';
import type { HostPort } from './port.ts';

/** undefined when the function is no VF, or its PF has no network interface. */
export async function readVfPlace(port: HostPort, vf: string): Promise<VfPlace | undefined> {
  const address = parsePciAddress(vf);
  const physical = (await readNodeDevice(port, address))?.physicalFunction;
  const pf = physical === undefined ? undefined : await readNodeDevice(port, physical);
  const index = pf?.sriov?.virtualFunctions.findIndex((each) => samePciAddress(each, address)) ?? -1;
  const netdev = pf?.netdevs[0];
  return netdev === undefined || index === -1 ? undefined : { netdev, index };
}

/**
 * Settings of the virtual functions behind an interface, by index.
 *
 * @throws {HostdevError} `change-failed` when ip(8) is not there, or knows no such interface.
 */
export async function readVfSettings(port: HostPort, netdev: string): Promise<ReadonlyMap<number, VfSettings>> {
  try {
    return parseVfSettings(await port.run('ip', ['-j', '-d', 'link', 'show', 'dev', netdev]));
  } catch (cause) {
    if (cause instanceof HostdevError) throw cause;
    throw new HostdevError('change-failed', `ip cannot tell about ${netdev}: ${(cause as Error).message.split('\n')[0]}`, {
      subject: netdev,
      hint: 'check that iproute2 is installed (ip -j -d link)',
      cause,
    });
  }
}
