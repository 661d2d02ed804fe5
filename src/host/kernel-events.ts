/**
 * What the kernel tells of functions (its uevents), through `udevadm monitor`: Node has no netlink sockets.
 *
 * libvirt's events of node devices are no substitute: it acts on add, change, remove and move, not on bind and unbind (node_device_udev.c).
 */
import { spawn } from 'node:child_process';
import { parseSysfsName } from '../pci/sysfs-name.ts';
import type { KernelHearing } from './port.ts';

/** `--kernel`: as soon as the kernel says so, not when udev's rules have run. Nothing of it comes from anybody. */
const ARGUMENTS = ['monitor', '--kernel', '--subsystem-match=pci'];

/** A path in sysfs has at most a page. */
const MOST_LINE = 8192;

/**
 * Hears the kernel until that is no longer wanted, or until the program has ended by itself.
 *
 * @throws {NodeJS.ErrnoException} ENOENT where there is no udevadm.
 */
export function hearKernelEvents({ onBegin, onFunction, until }: KernelHearing, program = 'udevadm'): Promise<void> {
  const child = spawn(program, ARGUMENTS, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, LC_ALL: 'C' } });
  void until.then(() => child.kill());
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-MOST_LINE);
    for (const line of lines) {
      // The heading of what will come is printed when it listens.
      if (line.startsWith('KERNEL - ')) onBegin();
      const name = functionIn(line);
      if (name !== undefined) onFunction(name);
    }
  });
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}

/** `KERNEL[123.456789] bind     /devices/pci0000:00/0000:00:08.0 (pci)`: the function, where it is one. */
export function functionIn(line: string): string | undefined {
  const name = /^KERNEL\[[\d.]+\] \w+ +\/\S*\/([^\s/]+) \(pci\)$/.exec(line.trimEnd())?.[1];
  return parseSysfsName(name) === undefined ? undefined : name;
}
