/** In which byte order a machine's kernel prints what it prints as it lies in memory. */
import type { ByteOrder } from '../state/snapshot.ts';
import { type HostReader, readText } from './port.ts';

/** What the port knows; of a copy of a machine its processor tells. IBM Z is the only big-endian machine with PCI that libvirt runs guests on. */
export async function byteOrderOf(port: HostReader): Promise<ByteOrder> {
  if (port.byteOrder !== undefined) return port.byteOrder;
  return /^vendor_id\s*:\s*IBM\/S390/m.test((await readText(port, '/proc/cpuinfo', 64 * 1024)) ?? '') ? 'big' : 'little';
}
