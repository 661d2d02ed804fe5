/** Writing down one problem of a device. */
import type { ErrorCode, Problem } from '../../errors.ts';
import type { XmlElement } from '../../xml/tree.ts';
import type { Device } from '../guest/device.ts';
import type { Guest } from '../guest/guest.ts';
import { deviceLocation, locationOf } from '../guest/locate.ts';
import { deviceName } from '../guest/name.ts';

export interface Finding {
  readonly code: ErrorCode;
  /** What is wrong, behind the device's name. */
  readonly message: string;
  readonly hint: string;
  readonly severity?: Problem['severity'];
  /** Where, if not at the device's address. */
  readonly element?: XmlElement | undefined;
}

/** Adds a problem to the guest. */
export function report(guest: Guest, device: Device, finding: Finding): void {
  const location = finding.element === undefined ? deviceLocation(guest, device) : locationOf(guest, finding.element);
  guest.problems.add({
    code: finding.code,
    severity: finding.severity ?? 'error',
    subject: deviceName(device),
    message: `${deviceName(device)} ${finding.message}`,
    hint: finding.hint,
    ...(location === undefined ? {} : { location }),
  });
}
