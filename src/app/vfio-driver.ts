/** Which VFIO driver takes a function: vfio-pci, or the variant that the kernel's modules offer for it. */
import { VFIO_PCI } from '../execute/bind.ts';
import { HostdevError } from '../errors.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { isVfioDriver } from '../state/node-device.ts';
import { matchingModules } from '../host/module-alias.ts';
import type { HostPort, HostReader } from '../host/port.ts';

/**
 * The driver for a function, by name. A variant (mlx5_vfio_pci, nvgrace_gpu_vfio_pci) is a module whose alias begins
 * with `vfio_pci:`; of several that fit, the one with the fewest wildcards is the most special. Source: the kernel's
 * documentation of vfio-pci variant drivers.
 */
export async function chooseVfioDriver(port: HostReader, device: NodeDevice): Promise<string> {
  const [best] = await matchingModules(port, 'vfio_pci', device.modalias);
  return best === undefined || best.replaceAll('_', '-') === VFIO_PCI ? VFIO_PCI : best;
}

/**
 * Makes sure that a VFIO driver is there, loading its module where it is not; gives the name it is registered under.
 *
 * @throws {HostdevError} `vfio-missing`, `driver-unknown`.
 */
export async function requireVfioDriver(port: HostPort, driver: string): Promise<string> {
  const before = await registered(port, driver);
  if (before !== undefined) return before;
  let cause: unknown;
  try {
    await port.loadModule(driver);
  } catch (error) {
    cause = error;
  }
  const after = await registered(port, driver);
  if (after !== undefined) return after;
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

/** Modules are named with underscores; their drivers may be not. */
async function registered(port: HostReader, driver: string): Promise<string | undefined> {
  for (const name of new Set([driver, driver.replaceAll('_', '-'), driver.replaceAll('-', '_')])) {
    if ((await port.list(`/sys/bus/pci/drivers/${name}`)) !== undefined) return name;
  }
  return undefined;
}

/** @throws {HostdevError} `driver-unknown` for a name that no VFIO driver has. */
export function checkDriverName(name: string): string {
  if (/^[\w-]{1,64}$/.test(name) && isVfioDriver(name)) return name;
  throw new HostdevError('driver-unknown', `'${name}' is not the name of a VFIO driver`, {
    subject: name,
    hint: 'vfio-pci, or a variant of it such as mlx5_vfio_pci; leave --driver out to have it chosen',
  });
}
