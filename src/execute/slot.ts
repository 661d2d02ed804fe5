/** Function slots of IBM Z: configured or on standby. */
import { type HostReader, readText } from '../host/port.ts';
import { slotPowerPath } from '../pci/slot.ts';
import { slotSteps } from '../plan/slot.ts';
import type { State } from '../plan/transition.ts';
import type { ChangeKind } from './change.ts';

/** The subject is the slot's directory. */
export const SLOT_POWER: ChangeKind = {
  read: (port, { subject }) => readSlotPower(port, subject),
  // Nothing is between on and off that undoing could disturb.
  touches: async () => [],
  steps: async (_, change, from, to) => slotSteps(change, from, to),
};

/** undefined where there is no such slot. */
export async function readSlotPower(port: HostReader, slot: string): Promise<State | undefined> {
  const power = await readText(port, slotPowerPath(slot));
  return power === undefined ? undefined : { power };
}
