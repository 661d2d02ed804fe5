/** Where a device stands in the definition, for problems. */
import { HostdevError, type SourceLocation } from '../../errors.ts';
import { locationIn } from '../../xml/position.ts';
import { childElement } from '../../xml/read.ts';
import type { XmlElement } from '../../xml/tree.ts';
import type { Device } from './device.ts';
import type { Guest } from './guest.ts';

/** Position of an element. */
export function locationOf(guest: Guest, element: XmlElement): SourceLocation {
  return locationIn(guest.domain.document, element.start, guest.domain.file);
}

/** Position of a device's `<address>`, or of the device where it has none; undefined for one that libvirt adds. */
export function deviceLocation(guest: Guest, device: Device): SourceLocation | undefined {
  return device.element === undefined ? undefined : locationOf(guest, childElement(device.element, 'address') ?? device.element);
}

/** Does something with a device; a refusal becomes a problem of the guest, at the device's position where it has none. */
export function atDevice(guest: Guest, device: Device, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    const problem = error.toProblem();
    const location = problem.location ?? deviceLocation(guest, device);
    guest.problems.add({ ...problem, ...(location === undefined ? {} : { location }) });
  }
}
