/** How much memory the host has left. */
import { type HostReader, readText } from './port.ts';

/** In KiB; undefined where the kernel does not say. Source: proc_meminfo(5). */
export async function readAvailableMemory(port: HostReader): Promise<number | undefined> {
  const digits = /^MemAvailable:\s+(\d+) kB$/m.exec((await readText(port, '/proc/meminfo')) ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
