/**
 * Whether libvirt and QEMU do what a definition asks of iommufd.
 *
 * Rules: docs/addressing.md §13.
 */
import { attribute, childElement } from '../../xml/read.ts';
import { does, type Guest, has } from '../guest/guest.ts';
import { iommufdRequest, missesIommufd, wholeGuestsIommufd } from '../guest/iommufd.ts';
import { CHANGES } from '../libvirt/changes.ts';
import { formatRelease, formatVersion } from '../libvirt/version.ts';
import { locationOf } from '../guest/locate.ts';
import { report } from './report.ts';

/** A libvirt that does not know a request drops it without a word. */
export function checkIommufd(guest: Guest): void {
  for (const hostdev of guest.lists.hostdev) {
    const element = iommufdRequest(guest, hostdev);
    if (element === undefined) continue;
    const tell = (message: string, hint: string): void => report(guest, hostdev, { code: 'iommufd-unknown', severity: 'warning', message, hint, element });
    const missing = missesIommufd(guest, element);
    const since = (change: keyof typeof CHANGES): string => formatRelease(CHANGES[change].since);
    if (missing !== undefined) {
      tell(
        `asks for iommufd, which libvirt ${formatVersion(guest.libvirt)} does not know and leaves out`,
        `libvirt ${since(missing)} and later know it; the function works all the same, over a VFIO container`,
      );
    } else if (has(guest, 'iommufd') && !guest.libvirtSaid) {
      const first = since(element.name === 'iommufd' ? 'iommufd-of-guest' : 'iommufd');
      tell(`asks for iommufd, which a libvirt before ${first} does not know and leaves out without a word`, "'virsh version' tells which one it is");
    }
  }
}

/** libvirt hands the object to any QEMU, which does not start when it does not have it. */
export function checkIommufdAtStart(guest: Guest): void {
  if (has(guest, 'iommufd')) return;
  for (const hostdev of guest.lists.hostdev) {
    const element = iommufdRequest(guest, hostdev);
    if (element === undefined || missesIommufd(guest, element) !== undefined) continue;
    report(guest, hostdev, {
      code: 'iommufd-unknown',
      message: 'asks for iommufd, which this QEMU does not have',
      hint: 'QEMU 9.0 and later have it where it was built in; or remove iommufd',
      element,
    });
  }
}

/** What libvirt cannot read keeps the guest from being defined. */
export function checkIommufdWords(guest: Guest): void {
  if (!does(guest, 'iommufd')) return;
  for (const hostdev of guest.lists.hostdev) {
    const driver = hostdev.element === undefined ? undefined : childElement(hostdev.element, 'driver');
    const own = attribute(driver, 'iommufd');
    if (own === undefined || own === 'yes' || own === 'no') continue;
    report(guest, hostdev, { code: 'hostdev-invalid', message: `has iommufd='${own}'`, hint: 'write yes or no', element: driver });
  }
  const whole = does(guest, 'iommufd-of-guest') ? wholeGuestsIommufd(guest) : undefined;
  const enabled = attribute(whole, 'enabled');
  if (whole === undefined || enabled === 'yes' || enabled === 'no') return;
  guest.problems.add({
    code: 'device-unsupported',
    severity: 'error',
    subject: 'iommufd',
    message: enabled === undefined ? '<iommufd> does not say whether it is enabled' : `<iommufd> has enabled='${enabled}'`,
    hint: "write enabled='yes' or enabled='no'",
    location: locationOf(guest, whole),
  });
}
