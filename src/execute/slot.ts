/** Function slots of IBM Z: configured or on standby. */
import { readSlotPower } from '../host/slots.ts';
import { slotSteps } from '../plan/slot.ts';
import type { ChangeKind } from './change.ts';

/** The subject is the slot's directory. */
export const SLOT_POWER: ChangeKind = {
  read: (port, { subject }) => readSlotPower(port, subject),
  // Nothing is between on and off that undoing could disturb.
  touches: async () => [],
  steps: async (_, change, from, to) => slotSteps(change, from, to),
};
