/** Giving functions back to their host drivers. */
import { formatPciAddress } from '../pci/address.ts';
import { isVfioDriver, type NodeDevice } from '../state/node-device.ts';
import type { Change } from './change.ts';
import { driverSteps } from './driver-steps.ts';
import type { State } from './transition.ts';

/**
 * Gives a function back; undefined when a host driver has it. `taken` is what it was before it was taken, where that is known.
 *
 * @example
 * ```ts
 * import { parsePciAddress, planRelease } from 'hostdev';
 * import { readNodeDevice } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const device = await readNodeDevice(fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }]), parsePciAddress('01:00.0'));
 * console.log(device && planRelease(device, {})); // → undefined
 * console.log(device && planRelease({ ...device, driver: 'vfio-pci', driverOverride: 'vfio-pci' }, { driver: 'nvme' })?.verb); // → release
 * ```
 */
export function planRelease(device: NodeDevice, taken: State): Change | undefined {
  if (!isTaken(device)) return undefined;
  const subject = formatPciAddress(device.address);
  const before = { driver: device.driver ?? null, override: device.driverOverride ?? null, link: null };
  // Whichever host driver wants it: only the kernel knows.
  const wanted = { override: hostOverride(taken['override']), link: taken['link'] ?? null };
  return { verb: 'release', subject, before, wanted, steps: driverSteps(subject, before, wanted), undo: driverSteps(subject, wanted, before) };
}

/** Whether a function is not where the host would have it: with VFIO, meant for VFIO, or with nobody. */
function isTaken({ driver, driverOverride }: NodeDevice): boolean {
  return driver === undefined || isVfioDriver(driver) || isVfioDriver(driverOverride);
}

/** An override that named a VFIO driver is what release is there to end. */
function hostOverride(override: string | null | undefined): string | null {
  return override === undefined || override === null || isVfioDriver(override) ? null : override;
}
