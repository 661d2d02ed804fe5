/** Which VFIO driver takes a function: vfio-pci, or the variant that the kernel's modules offer for it. */
import { HostdevError } from '../errors.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { isVfioDriver } from '../state/node-device.ts';
import { matchingModules } from '../host/module-alias.ts';
import type { HostReader } from '../host/port.ts';

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

/** @throws {HostdevError} `driver-unknown` for a name that no VFIO driver has. */
export function checkDriverName(name: string): string {
  if (/^[\w-]{1,64}$/.test(name) && isVfioDriver(name)) return name;
  throw new HostdevError('driver-unknown', `'${name}' is not the name of a VFIO driver`, {
    subject: name,
    hint: 'vfio-pci, or a variant of it such as mlx5_vfio_pci; leave --driver out to have it chosen',
  });
}
