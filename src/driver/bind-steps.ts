/** What moves a function between drivers. Source: the kernel's ABI document sysfs-bus-pci (driver_override, drivers_probe). */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { sysfsPath } from '../host/inventory.ts';
import { write, type Write } from '../plan/step.ts';

/** To vfio-pci (or a variant): name the driver, take the old one off, let the kernel probe. */
export function bindSteps(address: PciAddress, driver: string, current: string | undefined): Write[] {
  return [write(`${sysfsPath(address)}/driver_override`, driver, `only ${driver} may take it from now on`), ...move(address, current, `${driver} takes it`)];
}

/** Back to whichever host driver wants it. A lone line feed is how driver_override is cleared. */
export function releaseSteps(address: PciAddress, current: string | undefined): Write[] {
  return [write(`${sysfsPath(address)}/driver_override`, '\n', 'any driver may take it again'), ...move(address, current, 'its host driver takes it')];
}

function move(address: PciAddress, current: string | undefined, why: string): Write[] {
  const name = formatPciAddress(address);
  return [
    ...(current === undefined ? [] : [write(`${sysfsPath(address)}/driver/unbind`, name, `${current} lets go of it`)]),
    write('/sys/bus/pci/drivers_probe', name, why),
  ];
}
