/** Functions that shall reach the host's IOMMU through iommufd: a libvirt that does not know it would leave that out without a word. */
import { CHANGES } from '../addressing/libvirt/changes.ts';
import { formatRelease, formatVersion } from '../addressing/libvirt/version.ts';
import { chooseVersions, type PlaceOptions } from '../addressing/place.ts';
import { readDomain } from '../domain/domain.ts';
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';

/** @throws {HostdevError} `iommufd-unknown` where the guest's libvirt or QEMU does not know what a spec asks for. */
export function refuseUnknownIommufd(specs: readonly HostdevSpec[], definition: string, options: PlaceOptions): void {
  const spec = specs.find(({ iommufd }) => iommufd === true);
  if (spec === undefined) return;
  const { libvirt, capabilities } = chooseVersions(readDomain(definition).arch ?? options.defaultArch ?? 'x86_64', options);
  const subject = formatPciAddress(spec.source);
  if (libvirt < CHANGES.iommufd.since) {
    throw new HostdevError('iommufd-unknown', `${subject} shall go over iommufd, which libvirt ${formatVersion(libvirt)} does not know and leaves out`, {
      subject,
      hint: `libvirt ${formatRelease(CHANGES.iommufd.since)} and later know it; without --iommufd the function works over a VFIO container`,
    });
  }
  if (!capabilities.flags.has('iommufd')) {
    throw new HostdevError('iommufd-unknown', `${subject} shall go over iommufd, which this QEMU does not have`, {
      subject,
      hint: 'QEMU 9.0 and later have it where it was built in; without --iommufd the function works over a VFIO container',
    });
  }
}
