/** libvirt's status file of a running guest: the domain inside an element of libvirt's own. */
import { readDomain } from '../domain/domain.ts';
import { readHostdevs } from '../domain/hostdev.ts';
import { formatPciAddress } from '../pci/address.ts';

/** Addresses of the functions that the guest has. */
export function functionsInStatus(text: string): string[] {
  const begin = text.indexOf('<domain ');
  const end = text.lastIndexOf('</domain>');
  if (begin === -1 || end === -1) return [];
  try {
    const hostdevs = readHostdevs(readDomain(text.slice(begin, end + '</domain>'.length)));
    return hostdevs.flatMap(({ source }) => (source === undefined ? [] : [formatPciAddress(source)]));
  } catch {
    // Half a file, or one of a libvirt that writes it differently: the open VFIO group still tells.
    return [];
  }
}
