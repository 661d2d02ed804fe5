/**
 * What a zPCI pair may be.
 *
 * Rules: docs/addressing.md §15.
 */
import { type Guest, has, visitAll } from '../guest/guest.ts';
import { report } from './report.ts';

export function checkZpci(guest: Guest): void {
  for (const device of visitAll(guest)) {
    const { uid, fid } = device.place;
    if (uid === undefined && fid === undefined) continue;
    if (!has(guest, 'zpci')) {
      report(guest, device, {
        code: 'zpci-unsupported',
        message: 'has zPCI ids, but this guest has no zPCI',
        hint: 'remove <zpci>, or use an s390x guest whose QEMU has the zpci device',
      });
    } else if (uid !== undefined && (uid === 0 || uid > 0xffff)) {
      report(guest, device, {
        code: 'uid-range',
        message: `has zPCI uid 0x${uid.toString(16).padStart(4, '0')}, which is outside 0x0001–0xffff`,
        hint: uid === 0 ? 'uid 0 means "no uid" to the machine; leave uid out to have one generated' : 'choose a uid from 0x0001 to 0xffff',
      });
    }
  }
}
