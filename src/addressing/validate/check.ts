/**
 * What libvirt refuses after it has placed everything.
 *
 * Rules: docs/addressing.md §15.
 */
import type { Guest } from '../guest/guest.ts';
import { checkAcpiOfDevices } from './acpi.ts';
import { checkBootOrder } from './boot-order.ts';
import { checkDevices } from './devices.ts';
import { checkDomainType } from './domain-type.ts';
import { checkFeatures } from './features.ts';
import { checkFunctionZero } from './function-zero.ts';
import { checkHostdevs } from './hostdevs.ts';
import { checkIommus } from './iommu.ts';
import { checkIommufd, checkIommufdWords } from './iommufd.ts';
import { checkMachineDevices } from './machine-devices.ts';
import { checkMemory } from './memory.ts';
import { checkNvme } from './nvme.ts';
import { checkOffered } from './offered.ts';
import { checkPciControllers } from './pci-controllers.ts';
import { checkUsbDevices } from './usb.ts';
import { checkVideos } from './video.ts';
import { checkVocabulary } from './vocabulary.ts';
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

const BESIDE_ADDRESSES = [
  checkDomainType,
  checkVocabulary,
  checkOffered,
  checkUsbDevices,
  checkMachineDevices,
  checkVideos,
  checkIommus,
  checkIommufdWords,
  checkAcpiOfDevices,
  checkMemory,
  checkNvme,
  checkFeatures,
] as const;

/** Adds what keeps a guest from being defined wherever its devices are. */
export function checkDefinable(guest: Guest): void {
  for (const check of BESIDE_ADDRESSES) check(guest);
}
