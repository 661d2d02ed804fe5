/** Which boot this is: what sysfs shows ends with it. */
import { type HostReader, readText } from './port.ts';

/** The kernel's id of this boot. */
export async function bootId(port: HostReader): Promise<string> {
  return (await readText(port, '/proc/sys/kernel/random/boot_id')) ?? 'unknown';
}
