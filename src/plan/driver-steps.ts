/**
 * What moves a function between drivers. State: `driver` and `override` as sysfs shows them, `link` whether its network interface is up.
 * Source: the kernel's ABI document sysfs-bus-pci (driver_override, drivers_probe).
 */
import { parsePciAddress } from '../pci/notation.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';
import { isVfioDriver } from '../state/node-device.ts';
import { type Step, type Write, write } from './step.ts';
import type { State } from './transition.ts';

/**
 * From one state of a function's driver to another. Where `to` does not say which driver, any host driver may take it; where it says null, none does.
 */
export function driverSteps(name: string, from: State, to: State): Step[] {
  const [current, driver] = [from['driver'] ?? null, to['driver']];
  const override = finalOverride(from, to);
  // A host driver that has it keeps it: taking it away to give it back would pull a disk from under its mounts.
  const stays = current !== null && (current === driver || (!isVfioDriver(driver ?? undefined) && !isVfioDriver(current)));
  if (stays) return overrideSteps(name, from['override'] ?? null, override);
  if (driver === null) return [...overrideSteps(name, from['override'] ?? null, override), ...unbindSteps(name, current)];
  const probed = driver !== undefined && (isVfioDriver(driver) || (override !== null && override !== driver)) ? driver : override;
  return [
    ...overrideSteps(name, from['override'] ?? null, probed),
    ...unbindSteps(name, current),
    write('/sys/bus/pci/drivers_probe', name, `${driver ?? 'its host driver'} takes it`),
    ...overrideSteps(name, probed, override),
    ...(to['link'] === 'up' ? [{ kind: 'link up' as const, address: name, why: 'it was up before the function was taken' }] : []),
  ];
}

/** An override that names a host driver is somebody else's, and stays: only what was written for VFIO is taken away. */
function finalOverride(from: State, to: State): string | null {
  const [current, override] = [from['override'] ?? null, to['override'] ?? null];
  return isForeign(current) && !isVfioDriver(override ?? undefined) ? current : override;
}

function isForeign(override: string | null): override is string {
  return override !== null && !isVfioDriver(override);
}

function overrideSteps(name: string, current: string | null, override: string | null): Write[] {
  if (current === override) return [];
  const why = override === null ? 'any driver may take it again' : `only ${override} may take it from now on`;
  // A lone line feed is how driver_override is cleared.
  return [write(`${sysfsPath(parsePciAddress(name))}/driver_override`, override ?? '\n', why)];
}

function unbindSteps(name: string, current: string | null): Write[] {
  return current === null ? [] : [write(`${sysfsPath(parsePciAddress(name))}/driver/unbind`, name, `${current} lets go of it`)];
}

/** Whether a function is where a change of its driver was to bring it; somebody else's override does not count. */
export function hasDriverState(now: State, to: State): boolean {
  const [driver, override, wanted] = [now['driver'] ?? null, now['override'] ?? null, to['driver']];
  if (wanted === undefined) return driver !== null && !isVfioDriver(driver) && !isVfioDriver(override ?? undefined);
  return driver === wanted && override === finalOverride(now, to);
}
