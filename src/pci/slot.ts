/** Slots of IBM Z's functions in sysfs. Source: the kernel's s390 PCI documentation. */

/** Where the kernel shows slots. */
export const SLOTS = '/sys/bus/pci/slots';

/** Whether a slot is one of a zPCI function: its name is the function id in eight digits. Other machines have numbers of the mainboard. */
export function isFunctionSlot(name: string): boolean {
  return /^[0-9a-f]{8}$/.test(name);
}

/** The slot of a function id. */
export function slotOfFid(fid: number): string {
  return fid.toString(16).padStart(8, '0');
}

/** Attribute that tells whether a slot's function is configured (1) or on standby (0). */
export function slotPowerPath(slot: string): string {
  return `${SLOTS}/${slot}/power`;
}
