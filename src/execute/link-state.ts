/** Bringing the network interface of a function up again: it comes back down when its driver takes it again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../errors.ts';
import { readNodeDevice } from '../host/inventory.ts';
import type { HostPort } from '../host/port.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';

/** How long an interface may take to appear behind its driver, and to get its name from udev. */
const APPEARS_MS = 3000;
const POLL_MS = 50;

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
