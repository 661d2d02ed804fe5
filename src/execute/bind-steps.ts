/** What moves a function between drivers. Source: the kernel's ABI document sysfs-bus-pci (driver_override, drivers_probe). */
import { sysfsPath } from '../host/inventory.ts';
import { isVfioDriver } from '../state/node-device.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { write, type Write } from '../plan/step.ts';

/** To vfio-pci (or a variant): name the driver, take the old one off, let the kernel probe. */
export function bindSteps(address: PciAddress, driver: string, current: string | undefined): Write[] {
  return [overrideStep(address, driver), ...unbind(address, current), probeStep(address, driver)];
}

/**
 * Back to whichever host driver wants it. One that has it already keeps it: taking it away to give it back would
 * pull a disk from under its mounts.
 */
export function releaseSteps(address: PciAddress, current: string | undefined, override?: string | null): Write[] {
  const clear = overrideStep(address, override ?? undefined);
  return current !== undefined && !isVfioDriver(current) ? [clear] : [clear, ...unbind(address, current), probeStep(address, 'its host driver')];
}

/** Back to the driver and override it had, from wherever a change was interrupted. A host driver that has it keeps it. */
export function restoreSteps(
  address: PciAddress,
  current: string | undefined,
  before: { readonly driver: string | undefined; readonly override: string | undefined },
): Write[] {
  const override = overrideStep(address, before.override);
  if (current === before.driver || (current !== undefined && !isVfioDriver(current))) return [override];
  return [override, ...unbind(address, current), ...(before.driver === undefined ? [] : [probeStep(address, before.driver)])];
}

/** A lone line feed is how driver_override is cleared. */
function overrideStep(address: PciAddress, driver: string | undefined): Write {
  const why = driver === undefined ? 'any driver may take it again' : `only ${driver} may take it from now on`;
  return write(`${sysfsPath(address)}/driver_override`, driver ?? '\n', why);
}

function unbind(address: PciAddress, current: string | undefined): Write[] {
  return current === undefined ? [] : [write(`${sysfsPath(address)}/driver/unbind`, formatPciAddress(address), `${current} lets go of it`)];
}

function probeStep(address: PciAddress, driver: string): Write {
  return write('/sys/bus/pci/drivers_probe', formatPciAddress(address), `${driver} takes it`);
}
