/** Loading the modules of drivers that are not there. */
import { HostdevError } from '../errors.ts';
import type { HostPort } from '../host/port.ts';
import { registeredDriver } from '../host/vfio-driver.ts';

const VFIO_PCI = 'vfio-pci';

/**
 * Loads the module of a driver, unless it is there.
 *
 * @throws {HostdevError} `vfio-missing`, `driver-unknown` when it is not there afterwards either.
 */
export async function loadModule(port: HostPort, driver: string): Promise<string> {
  const there = await registeredDriver(port, driver);
  if (there !== undefined) return there;
  let cause: unknown;
  try {
    await port.loadModule(driver);
  } catch (error) {
    cause = error;
  }
  const registered = await registeredDriver(port, driver);
  if (registered !== undefined) return registered;
  if (driver === VFIO_PCI) {
    throw new HostdevError('vfio-missing', 'the vfio-pci driver is not there and could not be loaded', {
      hint: "check that the kernel has it: 'modprobe vfio-pci', and dmesg for the reason",
      cause,
    });
  }
  throw new HostdevError('driver-unknown', `the driver ${driver} is not there and could not be loaded`, {
    subject: driver,
    hint: `check 'modprobe ${driver}' and dmesg, or take the function with --driver vfio-pci`,
    cause,
  });
}
