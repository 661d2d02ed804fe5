/**
 * Whether libvirt and QEMU do what a definition asks of iommufd.
 *
 * Rules: docs/addressing.md §13.
 */
import { does, type Guest, has } from '../guest/guest.ts';
import { iommufdRequest } from '../guest/iommufd.ts';
import { formatVersion } from '../libvirt/version.ts';
import { report } from './report.ts';

/** A libvirt before 12.1 drops the attribute without a word; a later one refuses what its QEMU does not have. */
export function checkIommufd(guest: Guest): void {
  for (const hostdev of guest.lists.hostdev) {
    const element = iommufdRequest(guest, hostdev);
    if (element === undefined) continue;
    const tell = (severity: 'error' | 'warning', message: string, hint: string): void =>
      report(guest, hostdev, { code: 'iommufd-unknown', severity, message, hint, element });
    if (!does(guest, 'iommufd')) {
      tell(
        'warning',
        `asks for iommufd, which libvirt ${formatVersion(guest.libvirt)} does not know and leaves out`,
        'libvirt 12.1 and later know it; the function works all the same, over a VFIO container',
      );
    } else if (!has(guest, 'iommufd')) {
      tell('error', 'asks for iommufd, which this QEMU does not have', 'QEMU 9.0 and later have it where it was built in; or remove iommufd');
    } else if (!guest.libvirtSaid) {
      tell('warning', 'asks for iommufd, which a libvirt before 12.1 does not know and leaves out without a word', "'virsh version' tells which one it is");
    }
  }
}
