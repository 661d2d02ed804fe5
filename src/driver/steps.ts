/** What is written to move a function between drivers, as data: the same list is shown by a dry run and carried out. */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { sysfsPath } from '../host/inventory.ts';

export interface Write {
  readonly path: string;
  readonly text: string;
  readonly why: string;
}

/** To vfio-pci (or a variant): name the driver, take the old one off, let the kernel probe. */
export function bindWrites(address: PciAddress, driver: string, current: string | undefined): Write[] {
  const at = sysfsPath(address);
  const name = formatPciAddress(address);
  return [
    { path: `${at}/driver_override`, text: driver, why: `only ${driver} may take it from now on` },
    ...(current === undefined ? [] : [{ path: `${at}/driver/unbind`, text: name, why: `${current} lets go of it` }]),
    { path: '/sys/bus/pci/drivers_probe', text: name, why: `${driver} takes it` },
  ];
}

/** Back to whichever host driver wants it. A lone line feed is how driver_override is cleared. */
export function releaseWrites(address: PciAddress, current: string | undefined): Write[] {
  const at = sysfsPath(address);
  const name = formatPciAddress(address);
  return [
    { path: `${at}/driver_override`, text: '\n', why: 'any driver may take it again' },
    ...(current === undefined ? [] : [{ path: `${at}/driver/unbind`, text: name, why: `${current} lets go of it` }]),
    { path: '/sys/bus/pci/drivers_probe', text: name, why: 'its host driver takes it' },
  ];
}
