/**
 * What libvirt refuses after it has placed everything.
 *
 * Rules: docs/addressing.md §15.
 */
import type { Guest } from '../guest/guest.ts';
import { checkBootOrder } from './boot-order.ts';
import { checkDevices } from './devices.ts';
import { checkFunctionZero } from './function-zero.ts';
import { checkHostdevs } from './hostdevs.ts';
import { checkIommufd } from './iommufd.ts';
import { checkPciControllers } from './pci-controllers.ts';
import { checkZpci } from './zpci.ts';

/** Adds every problem of a guest to its list. */
export function checkGuest(guest: Guest): void {
  checkPciControllers(guest);
  checkHostdevs(guest);
  checkDevices(guest);
  checkZpci(guest);
  checkBootOrder(guest);
  checkIommufd(guest);
  checkFunctionZero(guest);
}
