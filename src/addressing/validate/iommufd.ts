/**
 * Whether libvirt and QEMU do what a definition asks of iommufd.
 *
 * Rules: docs/addressing.md §13.
 */
import { type Guest, has } from '../guest/guest.ts';
import { IOMMUFD_SINCE, iommufdRequest } from '../guest/iommufd.ts';
import { report } from './report.ts';

/** A libvirt before 12.1 drops the attribute without a word; a later one refuses what its QEMU does not have. */
export function checkIommufd(guest: Guest): void {
  const { libvirtVersion } = guest.capabilities;
  for (const hostdev of guest.lists.hostdev) {
    const element = iommufdRequest(guest, hostdev);
    if (element === undefined) continue;
    const tell = (severity: 'error' | 'warning', message: string, hint: string): void =>
      report(guest, hostdev, { code: 'iommufd-unknown', severity, message, hint, element });
    if (libvirtVersion !== undefined && libvirtVersion < IOMMUFD_SINCE) {
      tell(
        'warning',
        `asks for iommufd, which libvirt ${versionWords(libvirtVersion)} does not know and leaves out`,
        'libvirt 12.1 and later know it; the function works all the same, over a VFIO container',
      );
    } else if (!has(guest, 'iommufd')) {
      tell('error', 'asks for iommufd, which this QEMU does not have', 'QEMU 9.0 and later have it where it was built in; or remove iommufd');
    } else if (libvirtVersion === undefined) {
      tell('warning', 'asks for iommufd, which a libvirt before 12.1 does not know and leaves out without a word', "'virsh version' tells which one it is");
    }
  }
}

/** `11.3.0` of 11003000. */
function versionWords(version: number): string {
  return [Math.floor(version / 1_000_000), Math.floor(version / 1000) % 1000, version % 1000].join('.');
}
