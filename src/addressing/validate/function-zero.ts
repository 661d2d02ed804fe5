/**
 * Whether the guest's kernel looks where its devices are. Source: PCI Local Bus Specification 3.0, §3.2.2.3.4: a device has a function 0.
 *
 * Rules: docs/addressing.md §15.
 */
import { formatSlot, slotOf } from '../buses/slots.ts';
import { isPresent } from '../guest/device.ts';
import { type Guest, visitAll } from '../guest/guest.ts';
import type { MachineClass } from '../machine/class.ts';
import { report } from './report.ts';

/** Slots of bus 0 whose function 0 is the chipset's own. */
const CHIPSET_SLOT: Partial<Record<MachineClass, number>> = { i440fx: 0x01, q35: 0x1f };

/** Guests that are told of each function by their firmware or hypervisor, and do not probe slots. */
const TOLD: ReadonlySet<MachineClass> = new Set(['pseries', 's390-ccw']);

/** Warns of devices at a function of a slot that has no function 0. */
export function checkFunctionZero(guest: Guest): void {
  if (TOLD.has(guest.machineClass)) return;
  const devices = visitAll(guest).filter(({ place }) => isPresent(place));
  const slot = (bus: number, number: number): number => bus * 32 + number;
  const withZero = new Set(devices.flatMap(({ place }) => (place.function === 0 ? [slot(place.bus, place.slot)] : [])));
  const chipset = CHIPSET_SLOT[guest.machineClass];
  if (chipset !== undefined) withZero.add(slot(0, chipset));
  const seen = new Set<object>();
  for (const device of devices) {
    const { place, element } = device;
    if (place.function === 0 || element === undefined || seen.has(element) || withZero.has(slot(place.bus, place.slot))) continue;
    seen.add(element);
    const zero = formatSlot({ ...slotOf(place), function: 0 });
    report(guest, device, {
      code: 'function-zero-missing',
      severity: 'warning',
      message: `is at ${formatSlot(slotOf(place))}, but nothing is at ${zero}: guests do not look at other functions where there is no function 0`,
      hint: "write function='0x0', or put another device at function 0",
    });
  }
}
