/** How much memory the host has. */
import { type HostReader, readText } from './port.ts';

/** In KiB; undefined where the kernel does not say. Source: proc_meminfo(5). */
export function readAvailableMemory(port: HostReader): Promise<number | undefined> {
  return readMemory(port, 'MemAvailable');
}

/** All that there is, in KiB. */
export function readMemoryTotal(port: HostReader): Promise<number | undefined> {
  return readMemory(port, 'MemTotal');
}

async function readMemory(port: HostReader, name: 'MemAvailable' | 'MemTotal'): Promise<number | undefined> {
  const digits = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec((await readText(port, '/proc/meminfo')) ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
