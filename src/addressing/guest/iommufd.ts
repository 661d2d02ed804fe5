/**
 * Which host devices reach the host's IOMMU through iommufd instead of a VFIO container. Source: libvirt formatdomain, "Host device assignment"
 * and "Host device IOMMUFD", and its news of 12.1.0 and 12.2.0.
 *
 * Rules: docs/addressing.md §13.
 */
import { attribute, childElement } from '../../xml/read.ts';
import type { XmlElement } from '../../xml/tree.ts';
import type { Device } from './device.ts';
import { does, type Guest } from './guest.ts';

/** The element that asks for iommufd: the device's own `<driver>`, else the `<iommufd>` of the whole guest; undefined when nothing does. */
export function iommufdRequest(guest: Guest, hostdev: Device): XmlElement | undefined {
  if (hostdev.hostdev?.type !== 'pci' || hostdev.element === undefined) return undefined;
  const driver = childElement(hostdev.element, 'driver');
  const own = attribute(driver, 'iommufd');
  if (own !== undefined) return own === 'yes' ? driver : undefined;
  const whole = wholeGuestsIommufd(guest);
  return attribute(whole, 'enabled') === 'yes' ? whole : undefined;
}

/** `<iommufd>` of a whole guest. */
export function wholeGuestsIommufd(guest: Guest): XmlElement | undefined {
  return childElement(guest.domain.document.root, 'iommufd');
}

/** The first libvirt that knows such a request; undefined when the guest's does. */
export function missesIommufd(guest: Guest, request: XmlElement): 'iommufd' | 'iommufd-of-guest' | undefined {
  if (!does(guest, 'iommufd')) return request.name === 'iommufd' ? 'iommufd-of-guest' : 'iommufd';
  return request.name === 'iommufd' && !does(guest, 'iommufd-of-guest') ? 'iommufd-of-guest' : undefined;
}
