/** What libvirt refuses after it has placed everything. */
import type { Problem } from '../../errors.ts';
import type { Device } from '../guest/device.ts';
import { type Guest, has, visitAll } from '../guest/guest.ts';
import { deviceLocation } from '../guest/locate.ts';
import { deviceName } from '../guest/name.ts';

type Check = (guest: Guest) => Problem[];

const CHECKS: readonly Check[] = [checkZpci];

/** Every problem of a placed guest, in the order of the devices. */
export function checkGuest(guest: Guest): Problem[] {
  return CHECKS.flatMap((check) => check(guest));
}

function checkZpci(guest: Guest): Problem[] {
  const problems: Problem[] = [];
  for (const device of visitAll(guest)) {
    const { uid, fid } = device.place;
    if (uid === undefined && fid === undefined) continue;
    const at = locate(guest, device);
    if (!has(guest, 'zpci')) {
      problems.push({
        ...at,
        code: 'zpci-unsupported',
        severity: 'error',
        subject: deviceName(device),
        message: `${deviceName(device)} has zPCI ids, but this guest has no zPCI`,
        hint: 'remove <zpci>, or use an s390x guest whose QEMU has the zpci device',
      });
      continue;
    }
    if (uid !== undefined && (uid === 0 || uid > 0xffff)) {
      problems.push({
        ...at,
        code: 'uid-range',
        severity: 'error',
        subject: `0x${uid.toString(16)}`,
        message: `${deviceName(device)} has zPCI uid 0x${uid.toString(16).padStart(4, '0')}, which is outside 0x0001–0xffff`,
        hint: uid === 0 ? 'uid 0 means "no uid" to the machine; leave uid out to have one generated' : 'choose a uid from 0x0001 to 0xffff',
      });
    }
  }
  return problems;
}

function locate(guest: Guest, device: Device): Pick<Problem, 'location'> {
  const location = deviceLocation(guest, device);
  return location === undefined ? {} : { location };
}
