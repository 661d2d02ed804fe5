/**
 * What libvirt refuses after it has placed everything.
 *
 * Rules: docs/addressing.md §15.
 */
import type { Guest } from '../guest/guest.ts';
import { checkDevices } from './devices.ts';
import { checkHostdevs } from './hostdevs.ts';
import { checkPciControllers } from './pci-controllers.ts';
import { checkZpci } from './zpci.ts';

/** Adds every problem of a guest to its list. */
export function checkGuest(guest: Guest): void {
  checkPciControllers(guest);
  checkHostdevs(guest);
  checkDevices(guest);
  checkZpci(guest);
}
