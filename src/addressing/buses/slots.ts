/**
 * Addresses as the occupancy table handles them.
 *
 * Rules: docs/addressing.md §8.
 */
import type { Place } from '../guest/device.ts';

export interface SlotAddress {
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/** `00:1f.2`: how a guest address is shown in reasons and problems. */
export function formatSlot(a: SlotAddress): string {
  return `${a.bus.toString(16).padStart(2, '0')}:${a.slot.toString(16).padStart(2, '0')}.${a.function.toString(16)}`;
}

export function slotOf(place: Place): SlotAddress {
  return { bus: place.bus, slot: place.slot, function: place.function };
}
