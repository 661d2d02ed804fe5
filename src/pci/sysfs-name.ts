/** The name of a PCI function in sysfs: the kernel's own form, `%04x:%02x:%02x.%d`. */
import { formatPciAddress, type PciAddress } from './address.ts';

/** Domains have four digits or more: VMD and Hyper-V number theirs above 0xffff. */
const NAME = /^([0-9a-f]{4,8}):([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/;

/** The address that a directory of sysfs is named after; undefined when it is another name. */
export function parseSysfsName(name: string | undefined): PciAddress | undefined {
  const [, domain, bus, slot, fn] = NAME.exec(name ?? '') ?? [];
  if (domain === undefined || bus === undefined || slot === undefined || fn === undefined) return undefined;
  return { domain: Number.parseInt(domain, 16), bus: Number.parseInt(bus, 16), slot: Number.parseInt(slot, 16), function: Number.parseInt(fn, 10) };
}

/** Directory of a function in sysfs. The address is made of numbers only, so the path cannot lead elsewhere. */
export function sysfsPath(address: PciAddress): string {
  return `/sys/bus/pci/devices/${formatPciAddress(address)}`;
}
