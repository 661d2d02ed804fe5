/** How many virtual functions a physical function has. Source: the kernel's ABI document sysfs-bus-pci (sriov_*). */
import { parsePciAddress } from '../pci/notation.ts';
import { type HostReader, readText } from './port.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';

/** `count` is sriov_numvfs, `autoprobe` is sriov_drivers_autoprobe; undefined when the function cannot have any. */
export async function readVfCount(port: HostReader, pf: string): Promise<{ readonly count: string; readonly autoprobe: string | null } | undefined> {
  const at = sysfsPath(parsePciAddress(pf));
  const count = await readText(port, `${at}/sriov_numvfs`);
  if (count === undefined) return undefined;
  return { count, autoprobe: (await readText(port, `${at}/sriov_drivers_autoprobe`)) ?? null };
}
