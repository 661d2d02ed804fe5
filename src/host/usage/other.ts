/** Uses that are neither disks nor networks: consoles, keyboards, VFs, mediated devices. */
import { formatPciAddress } from '../../pci/address.ts';
import type { Evidence } from '../../state/verdict.ts';
import { sysfsPath } from '../inventory.ts';
import type { NodeDevice } from '../../state/node-device.ts';
import { type ByFunction, indexByFunction } from './by-function.ts';
import { type HostReader, readText } from '../port.ts';

/** What the screen, the serial console and the keyboards of the machine hang on. */
export interface ConsoleMap {
  /** Framebuffers the console draws on. */
  readonly framebuffers: ByFunction;
  /** Serial lines that are consoles. */
  readonly consoles: ByFunction;
  readonly keyboards: ByFunction;
  /** How many keyboards the machine has, wherever they hang. */
  readonly keyboardCount: number;
}

export async function readConsoleMap(port: HostReader): Promise<ConsoleMap> {
  const lines = new TextDecoder().decode(await port.read('/proc/consoles')).split('\n');
  const consoleNames = new Set(lines.flatMap((line) => /^(\S+)/.exec(line)?.[1] ?? []));
  const keyboards = await readKeyboards(port);
  return {
    framebuffers: indexByFunction(await readPaths(port, '/sys/class/graphics', (name) => /^fb\d+$/.test(name))),
    consoles: indexByFunction(await readPaths(port, '/sys/class/tty', (name) => consoleNames.has(name))),
    keyboards: indexByFunction(keyboards),
    keyboardCount: keyboards.size,
  };
}

async function readPaths(port: HostReader, directory: string, wanted: (name: string) => boolean): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of ((await port.list(directory)) ?? []).filter(wanted)) {
    const path = await port.readlink(`${directory}/${name}`);
    if (path !== undefined) found.set(name, path);
  }
  return found;
}

/** A keyboard has the letter keys: bits 16–25 (Q to P) of its key capabilities. */
async function readKeyboards(port: HostReader): Promise<Map<string, string>> {
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
  const on = (index: ByFunction): readonly string[] => index.get(formatPciAddress(device.address)) ?? [];
  const found: Evidence[] = [];
  if (device.bootVga) found.push({ kind: 'console', chain: ['boot VGA: firmware and console draw on it'] });
  for (const name of on(map.framebuffers)) found.push({ kind: 'console', chain: [name, 'console framebuffer'] });
  for (const name of on(map.consoles)) found.push({ kind: 'console', chain: [name, 'kernel console'] });
  const keyboards = on(map.keyboards);
  // With another keyboard left, taking this one away is the user's business.
  if (keyboards.length > 0 && keyboards.length === map.keyboardCount) found.push({ kind: 'input', chain: [...keyboards, 'the only keyboard'] });
  return found;
}

/** VFs go away with their PF, and mediated devices with their parent. */
export async function dependentUses(port: HostReader, device: NodeDevice): Promise<Evidence[]> {
  const found: Evidence[] = [];
  const vfs = device.sriov?.virtualFunctions ?? [];
  if (vfs.length > 0)
    found.push({ kind: 'sriov', chain: [`PF with ${vfs.length} ${vfs.length === 1 ? 'VF' : 'VFs'}: ${vfs.map(formatPciAddress).join(', ')}`] });
  const types = device.mdevParent ? ((await port.list(`${sysfsPath(device.address)}/mdev_supported_types`)) ?? []) : [];
  for (const type of types) {
    const mdevs = (await port.list(`${sysfsPath(device.address)}/mdev_supported_types/${type}/devices`)) ?? [];
    for (const uuid of mdevs) found.push({ kind: 'mdev', chain: [`mediated device ${uuid}`, type] });
  }
  return found;
}
