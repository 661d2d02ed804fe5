/** Where a device stands in the definition, for problems. */
import { HostdevError, type SourceLocation } from '../../errors.ts';
import { locationIn } from '../../xml/position.ts';
import { childElement } from '../../xml/read.ts';
import type { Device } from './device.ts';
import type { Guest } from './guest.ts';

/** Position of a device's `<address>`, or of the device where it has none; undefined for one that libvirt adds. */
export function deviceLocation(guest: Guest, device: Device): SourceLocation | undefined {
  if (device.element === undefined) return undefined;
  const at = childElement(device.element, 'address') ?? device.element;
  return locationIn(guest.domain.document, at.start, guest.domain.file);
}

/** Does something with a device; a refusal without position gets the device's. */
export function atDevice<T>(guest: Guest, device: Device, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof HostdevError) || error.location !== undefined) throw error;
    const { hint, subject, details } = error;
    throw new HostdevError(error.code, error.message, { hint, subject, details, location: deviceLocation(guest, device), cause: error });
  }
}
