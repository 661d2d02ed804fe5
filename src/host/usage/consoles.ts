/** Reads what the screen, the serial console and the keyboards of a machine hang on. */
import { type ByFunction, indexByFunction } from '../../state/by-function.ts';
import type { ConsoleMap } from '../../state/console-uses.ts';
import { type HostReader, readText } from '../port.ts';

export async function readConsoleMap(port: HostReader): Promise<ConsoleMap> {
  const lines = new TextDecoder().decode(await port.read('/proc/consoles')).split('\n');
  const consoleNames = new Set(lines.flatMap((line) => /^(\S+)/.exec(line)?.[1] ?? []));
  const keyboards = await readKeyboards(port);
  return {
    bootFramebuffers: await readBootFramebuffers(port),
    framebuffers: indexByFunction(await readPaths(port, '/sys/class/graphics', (name) => /^fb\d+$/.test(name))),
    consoles: indexByFunction(await readPaths(port, '/sys/class/tty', (name) => consoleNames.has(name))),
    keyboards: indexByFunction(keyboards),
    keyboardCount: keyboards.size,
  };
}

/** Names that the kernel gives to the memory of the firmware's framebuffer. Source: drivers/firmware/sysfb*, drivers/video/fbdev of the kernel. */
const BOOT_FRAMEBUFFER = /^(?:BOOTFB|efifb|vesafb|simplefb|simple-framebuffer)$/;

/** /proc/iomem is a tree by indentation: `c0000000-cfffffff : 0000:04:00.0`, and below it what lies in that range. */
async function readBootFramebuffers(port: HostReader): Promise<ByFunction> {
  const above: string[] = [];
  const found: [string, string][] = [];
  for (const line of new TextDecoder().decode(await port.read('/proc/iomem', IOMEM_LIMIT)).split('\n')) {
    const [, indent = '', name = ''] = /^( *)[0-9a-f]+-[0-9a-f]+ : (.*)$/.exec(line) ?? [];
    const depth = indent.length / 2;
    above.splice(depth, above.length, name);
    if (BOOT_FRAMEBUFFER.test(name)) found.push(...above.slice(0, depth).map((each): [string, string] => [name, `/${each}`]));
  }
  return indexByFunction(found);
}

const IOMEM_LIMIT = 1024 * 1024;

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
    const lowest = words.at(-1) ?? '';
    if (/^[0-9a-f]{1,16}$/i.test(lowest) && (BigInt(`0x${lowest}`) & 0x3ff_0000n) === 0x3ff_0000n)
      found.set((await readText(port, `/sys/class/input/${name}/name`)) ?? name, path);
  }
  return found;
}
