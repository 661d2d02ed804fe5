/** Whether a function's network interface is up; it comes back down when its driver takes it again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../errors.ts';
import { readNodeDevice } from '../host/inventory.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { type HostPort, type HostReader, readNumber } from '../host/port.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';

/** IFF_UP of the interface's flags. */
const IFF_UP = 1;

/** How long an interface may take to appear behind its driver, and to get its name from udev. */
const APPEARS_MS = 3000;
const POLL_MS = 50;

/** null when it has no interface to be seen. */
export async function readLinkState(port: HostReader, device: Pick<NodeDevice, 'netdevs'>): Promise<'up' | 'down' | null> {
  const [name] = device.netdevs;
  const flags = name === undefined ? undefined : await readNumber(port, `/sys/class/net/${name}/flags`);
  return flags === undefined ? null : (flags & IFF_UP) === 0 ? 'down' : 'up';
}

/**
 * Brings the interface up again. Addresses are the network service's business; it hears of the interface as of any new one.
 *
 * @throws {HostdevError} `change-failed` when none has appeared.
 */
export async function bringUp(port: HostPort, address: PciAddress): Promise<void> {
  const deadline = Date.now() + APPEARS_MS;
  for (;;) {
    const name = (await readNodeDevice(port, address))?.netdevs[0];
    try {
      if (name !== undefined) return void (await port.run('ip', ['link', 'set', 'dev', name, 'up']));
    } catch (error) {
      // It may have been renamed between the two.
      if (Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw notAppeared(formatPciAddress(address));
    await sleep(POLL_MS);
  }
}

function notAppeared(address: string): HostdevError {
  return new HostdevError('change-failed', `no network interface of ${address} has appeared within ${APPEARS_MS / 1000} s, although it had one that was up`, {
    subject: address,
    hint: 'look at the last lines of dmesg; its driver may have refused the device',
  });
}
