/** What sysfs shows of all functions, so that a machine can be held against itself. */
import type { HostPort } from '../src/host/port.ts';

/** Every attribute by its path: its bytes, or where it leads. */
export async function sysfsOfFunctions(port: HostPort): Promise<Record<string, string | undefined>> {
  const seen: Record<string, string | undefined> = {};
  for (const address of (await port.list('/sys/bus/pci/devices')) ?? []) {
    const at = `/sys/bus/pci/devices/${address}`;
    for (const name of (await port.list(at)) ?? []) {
      const bytes = await port.read(`${at}/${name}`);
      seen[`${at}/${name}`] = bytes === undefined ? await port.readlink(`${at}/${name}`) : Buffer.from(bytes).toString('latin1');
    }
  }
  return seen;
}
