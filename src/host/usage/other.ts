/** Uses that are neither disks nor networks: consoles, keyboards, VFs, mediated devices. */
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { Evidence } from '../../plan/verdict.ts';
import { sysfsPath } from '../inventory.ts';
import type { NodeDevice } from '../node-device.ts';
import { type HostPort, readText } from '../port.ts';

/** What the screen, the serial console and the keyboards of the machine hang on. */
export interface ConsoleMap {
  /** Framebuffers the console draws on: name → path. */
  readonly framebuffers: ReadonlyMap<string, string>;
  /** Serial lines that are consoles: name → path. */
  readonly consoles: ReadonlyMap<string, string>;
  /** Keyboards: name → path. */
  readonly keyboards: ReadonlyMap<string, string>;
}

export async function readConsoleMap(port: HostPort): Promise<ConsoleMap> {
  const lines = new TextDecoder().decode(await port.read('/proc/consoles')).split('\n');
  const consoleNames = new Set(lines.flatMap((line) => /^(\S+)/.exec(line)?.[1] ?? []));
  return {
    framebuffers: await readPaths(port, '/sys/class/graphics', (name) => /^fb\d+$/.test(name)),
    consoles: await readPaths(port, '/sys/class/tty', (name) => consoleNames.has(name)),
    keyboards: await readKeyboards(port),
  };
}

async function readPaths(port: HostPort, directory: string, wanted: (name: string) => boolean): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of ((await port.list(directory)) ?? []).filter(wanted)) {
    const path = await port.readlink(`${directory}/${name}`);
    if (path !== undefined) found.set(name, path);
  }
  return found;
}

/** A keyboard has the letter keys: bits 16–25 (Q to P) of its key capabilities. */
async function readKeyboards(port: HostPort): Promise<Map<string, string>> {
  const inputs = await readPaths(port, '/sys/class/input', (name) => /^input\d+$/.test(name));
  const found = new Map<string, string>();
  for (const [name, path] of inputs) {
    const words = (await readText(port, `/sys/class/input/${name}/capabilities/key`))?.split(' ') ?? [];
    const lowest = BigInt(`0x${words.at(-1) ?? '0'}`);
    if ((lowest & 0x3ff_0000n) === 0x3ff_0000n) found.set((await readText(port, `/sys/class/input/${name}/name`)) ?? name, path);
  }
  return found;
}

export function consoleUses(map: ConsoleMap, device: NodeDevice): Evidence[] {
  const on = (paths: ReadonlyMap<string, string>): string[] => onFunction(paths, device.address);
  const found: Evidence[] = [];
  if (device.bootVga) found.push({ kind: 'console', chain: ['boot VGA: firmware and console draw on it'] });
  for (const name of on(map.framebuffers)) found.push({ kind: 'console', chain: [name, 'console framebuffer'] });
  for (const name of on(map.consoles)) found.push({ kind: 'console', chain: [name, 'kernel console'] });
  const keyboards = on(map.keyboards);
  // With another keyboard left, taking this one away is the user's business.
  if (keyboards.length > 0 && keyboards.length === map.keyboards.size) found.push({ kind: 'input', chain: [...keyboards, 'the only keyboard'] });
  return found;
}

function onFunction(paths: ReadonlyMap<string, string>, address: PciAddress): string[] {
  const part = `/${formatPciAddress(address)}/`;
  return [...paths].filter(([, path]) => path.includes(part)).map(([name]) => name);
}

/** VFs go away with their PF, and mediated devices with their parent. */
export async function dependentUses(port: HostPort, device: NodeDevice): Promise<Evidence[]> {
  const found: Evidence[] = [];
  const vfs = device.sriov?.virtualFunctions ?? [];
  if (vfs.length > 0)
    found.push({ kind: 'sriov', chain: [`PF with ${vfs.length} ${vfs.length === 1 ? 'VF' : 'VFs'}: ${vfs.map(formatPciAddress).join(', ')}`] });
  const types = (await port.list(`${sysfsPath(device.address)}/mdev_supported_types`)) ?? [];
  for (const type of types) {
    const mdevs = (await port.list(`${sysfsPath(device.address)}/mdev_supported_types/${type}/devices`)) ?? [];
    for (const uuid of mdevs) found.push({ kind: 'mdev', chain: [`mediated device ${uuid}`, type] });
  }
  return found;
}
