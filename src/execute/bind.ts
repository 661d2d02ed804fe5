/** Carrying out driver changes, and reading sysfs again to see what really happened. */
import { HostdevError } from '../errors.ts';
import { readNodeDevice, sysfsPath } from '../host/inventory.ts';
import { isVfioDriver } from '../state/node-device.ts';
import { type HostPort, readLinkName } from '../host/port.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { bindSteps, releaseSteps, restoreSteps } from './bind-steps.ts';
import { carryOut } from './carry-out.ts';

export const VFIO_PCI = 'vfio-pci';

/** The kernel answers a failing bind at once, but on some machines the driver link follows a moment later. */
const SETTLE_MS = 2000;
const POLL_MS = 20;

/** The driver and the override that a function had before it was touched. */
export interface Binding {
  readonly driver: string | undefined;
  readonly override: string | undefined;
}

/** Takes a function to a driver. If that fails it gets back the driver and the override it had. */
export async function bind(port: HostPort, address: PciAddress, driver: string, before: Binding): Promise<void> {
  try {
    await carryOut(port, bindSteps(address, driver, before.driver), 'bind-failed');
    await expectDriver(port, address, driver);
  } catch (error) {
    // While the kernel still works on a write, another one would only wait behind it.
    if (!(error instanceof HostdevError && error.code === 'stuck')) await restore(port, address, before).catch(() => undefined);
    throw error;
  }
}

/**
 * Gives a function back to its host driver, and its override back where it had one; returns the driver that took it, if
 * one did.
 */
export async function release(port: HostPort, address: PciAddress, current: string | undefined, override?: string | null): Promise<string | undefined> {
  await carryOut(port, releaseSteps(address, current, override), 'bind-failed');
  if (current !== undefined && !isVfioDriver(current)) return current;
  return expectHostDriver(port, address, (now) => now !== current);
}

/** Puts a function back to the driver and override it had, from wherever a change was interrupted. */
export async function restore(port: HostPort, address: PciAddress, before: Binding): Promise<string | undefined> {
  const current = await readLinkName(port, `${sysfsPath(address)}/driver`);
  await carryOut(port, restoreSteps(address, current, before), 'bind-failed');
  if (before.driver === undefined) return readLinkName(port, `${sysfsPath(address)}/driver`);
  return expectDriver(port, address, before.driver);
}

/** Some drivers (nvme) probe behind the writer's back: that nobody takes the function is only sure after a while. */
async function expectHostDriver(port: HostPort, address: PciAddress, accept: (driver: string) => boolean): Promise<string | undefined> {
  const { driver, accepted } = await settle(port, address, accept);
  if (accepted || (driver === undefined && (await readNodeDevice(port, address)) !== undefined)) return driver;
  throw await disappointment(port, address, driver, 'its host driver');
}

async function expectDriver(port: HostPort, address: PciAddress, wanted: string): Promise<string> {
  const { driver, accepted } = await settle(port, address, (now) => now === wanted);
  if (!accepted) throw await disappointment(port, address, driver, wanted);
  return wanted;
}

/** Waits for a driver that is accepted; gives the last one seen when none comes. */
async function settle(port: HostPort, address: PciAddress, accept: (driver: string) => boolean): Promise<{ driver: string | undefined; accepted: boolean }> {
  const give = Date.now() + SETTLE_MS;
  for (;;) {
    const driver = await readLinkName(port, `${sysfsPath(address)}/driver`);
    if (driver !== undefined && accept(driver)) return { driver, accepted: true };
    if (Date.now() > give) return { driver, accepted: false };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Why the driver is not the one that was wanted. */
async function disappointment(port: HostPort, address: PciAddress, now: string | undefined, wanted: string): Promise<HostdevError> {
  const name = formatPciAddress(address);
  if ((await readNodeDevice(port, address)) === undefined) {
    return new HostdevError('function-vanished', `${name} went away while its driver was being changed`, {
      subject: name,
      hint: 'look at dmesg; the slot may have been switched off',
    });
  }
  return new HostdevError('bind-failed', `${name} is with ${now ?? 'no driver'}, not with ${wanted}, although the kernel accepted every write`, {
    subject: name,
    hint: 'look at the last lines of dmesg; the driver may have refused the device',
  });
}
