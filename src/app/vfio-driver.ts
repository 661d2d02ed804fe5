/** Which VFIO driver takes a function: vfio-pci, or the variant that the kernel's modules offer for it. */
import { VFIO_PCI } from '../driver/bind.ts';
import { HostdevError } from '../errors.ts';
import type { NodeDevice } from '../host/node-device.ts';
import { isVfioDriver } from '../host/node-device.ts';
import { type HostPort, type HostReader, readText } from '../host/port.ts';

/** modules.alias of a distribution's kernel has about 1.5 MB. */
const ALIAS_LIMIT = 32 * 1024 * 1024;

const PREFIX = 'alias vfio_pci:';

/**
 * The driver for a function, by name. A variant (mlx5_vfio_pci, nvgrace_gpu_vfio_pci) is a module whose alias begins
 * with `vfio_pci:`; of several that fit, the one with the fewest wildcards is the most special. Source: the kernel's
 * documentation of vfio-pci variant drivers.
 */
export async function chooseVfioDriver(port: HostReader, device: NodeDevice): Promise<string> {
  const ids = device.modalias?.startsWith('pci:') === true ? device.modalias.slice('pci:'.length) : undefined;
  const release = await readText(port, '/proc/sys/kernel/osrelease');
  if (ids === undefined || release === undefined || !/^[\w.+~-]+$/.test(release)) return VFIO_PCI;
  const text = new TextDecoder().decode(await port.read(`/lib/modules/${release}/modules.alias`, ALIAS_LIMIT));
  const fitting = text.split('\n').flatMap((line) => {
    if (!line.startsWith(PREFIX)) return [];
    const [pattern = '', module = ''] = line.slice(PREFIX.length).split(' ');
    return fits(pattern, ids) ? [{ module, wildcards: pattern.split('*').length }] : [];
  });
  fitting.sort((a, b) => a.wildcards - b.wildcards);
  const [best] = fitting;
  return best === undefined || best.module === 'vfio_pci' || best.module === 'vfio-pci' ? VFIO_PCI : best.module;
}

/** `v000015B3d0000101Esv*sd*bc*sc*i*` against the ids of a modalias. */
function fits(pattern: string, ids: string): boolean {
  const source = pattern.split('*').map((part) => part.replaceAll(/[^\w]/g, String.raw`\$&`));
  return new RegExp(`^${source.join('.*')}$`, 'i').test(ids);
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
