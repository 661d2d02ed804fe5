/** Which machine a host is: its own id, and of IBM Z the machine's serial number. */
import { HostdevError } from '../errors.ts';
import { type HostReader, readText } from '../host/port.ts';

/**
 * The id that the system was given when it was installed: two machines under one name are told apart by it. Source: machine-id(5).
 *
 * @throws {HostdevError} `fleet-no-machine-id`.
 */
export async function readMachineId(port: HostReader): Promise<string> {
  const text = await readText(port, '/etc/machine-id');
  if (text !== undefined && /^[0-9a-f]{32}$/.test(text)) return text;
  throw new HostdevError('fleet-no-machine-id', 'this machine has no id of its own: /etc/machine-id has none', {
    subject: '/etc/machine-id',
    hint: "'systemd-machine-id-setup' makes one; copies of one image must not share it",
  });
}

/**
 * `8561-02-12345`: type, plant and sequence code of an IBM Z machine, whose function ids its partitions share; undefined elsewhere, and below a hypervisor, which
 * gives its guests ids of its own. Source: the kernel's /proc/sysinfo (arch/s390/kernel/sysinfo.c).
 */
export async function readMachineSerial(port: HostReader): Promise<string | undefined> {
  const text = (await readText(port, '/proc/sysinfo', 64 * 1024)) ?? '';
  if (/^VM00 /m.test(text)) return undefined;
  const field = (name: string): string | undefined => new RegExp(`^${name}:\\s+([0-9A-Za-z]+)\\s*$`, 'm').exec(text)?.[1];
  const [type, plant, sequence] = [field('Type'), field('Plant'), field('Sequence Code')];
  if (type === undefined || plant === undefined || sequence === undefined) return undefined;
  return `${type}-${plant}-${sequence.replace(/^0+(?=.)/, '')}`.toLowerCase();
}
