/** Which VFIO driver takes a function: vfio-pci, or the variant that the kernel's modules offer for it; and whether a driver is there. */
import type { NodeDevice } from '../state/node-device.ts';
import { matchingModules } from './module-alias.ts';
import type { HostReader } from './port.ts';

const VFIO_PCI = 'vfio-pci';

/**
 * The driver for a function, by name. A variant (mlx5_vfio_pci, nvgrace_gpu_vfio_pci) is a module whose alias begins
 * with `vfio_pci:`; of several that fit, the one with the fewest wildcards is the most special. Source: the kernel's
 * documentation of vfio-pci variant drivers.
 */
export async function chooseVfioDriver(port: HostReader, device: NodeDevice): Promise<string> {
  const [best] = await matchingModules(port, 'vfio_pci', device.modalias);
  return best === undefined || best.replaceAll('_', '-') === VFIO_PCI ? VFIO_PCI : best;
}

/** The name under which a driver is registered; undefined when it is not. Modules are named with underscores; their drivers may be not. */
export async function registeredDriver(port: HostReader, driver: string): Promise<string | undefined> {
  for (const name of new Set([driver, driver.replaceAll('_', '-'), driver.replaceAll('-', '_')])) {
    if ((await port.list(`/sys/bus/pci/drivers/${name}`)) !== undefined) return name;
  }
  return undefined;
}
