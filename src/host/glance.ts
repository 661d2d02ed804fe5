/** A short look: which functions are other than they were, and whether what the host uses is. For who looks over and over. */
import { formatPciAddress } from '../pci/address.ts';
import { parseSysfsName } from '../pci/sysfs-name.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { type HostReader, readLinkName, readNumber } from './port.ts';
import { readRoutes } from './usage/routes.ts';

const DEVICES = '/sys/bus/pci/devices';

/**
 * The names of functions that have come, have gone, or have another driver, another override or another number of virtual functions than
 * when they were read.
 */
export async function changedFunctions(port: HostReader, known: readonly NodeDevice[]): Promise<string[]> {
  const before = new Map(known.map((device) => [formatPciAddress(device.address), device]));
  const names = ((await port.list(DEVICES)) ?? []).filter((name) => parseSysfsName(name) !== undefined);
  const now = new Set(names);
  const changed = [...before.keys()].filter((name) => !now.has(name));
  for (const name of names) {
    const device = before.get(name);
    if (device === undefined || (await isOther(port, name, device))) changed.push(name);
  }
  return changed;
}

async function isOther(port: HostReader, name: string, device: NodeDevice): Promise<boolean> {
  const at = `${DEVICES}/${name}`;
  if ((await readLinkName(port, `${at}/driver`)) !== device.driver) return true;
  const override = (await port.attributes(at, ['driver_override'])).get('driver_override');
  if ((override === '(null)' ? undefined : override) !== device.driverOverride) return true;
  return device.sriov !== undefined && (await readNumber(port, `${at}/sriov_numvfs`)) !== device.sriov.numVfs;
}

/** Mounts and swap; the kernel tells of them only who waits in a system call that Node lacks. */
const USES = ['/proc/self/mountinfo', '/proc/swaps', '/proc/net/if_inet6'];

const MOST_BYTES = 4 * 1024 * 1024;

/** A text that is another one once something was mounted, swapped to, or routed otherwise. */
export async function usesNow(port: HostReader): Promise<string> {
  const texts: string[] = [];
  for (const path of USES) texts.push(new TextDecoder().decode(await port.read(path, MOST_BYTES)));
  // As they are understood: their lines count how often each was taken.
  return [...texts, JSON.stringify(await readRoutes(port))].join('\n');
}
