/** Function slots of IBM Z: configured or on standby. */
import { readSlotPower } from '../host/slots.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';
import { FUNCTION_THERE, FUNCTIONS_GONE, slotSteps } from '../plan/slot.ts';
import type { ChangeKind } from './change.ts';

/** A function that is being reset is not among the others; its slot stays configured all the while. */
export const SLOT_RESET: ChangeKind = {
  leavesNoTrace: true,
  read: async (port, { subject, before }) => {
    const power = await readSlotPower(port, subject);
    if (power === undefined) return undefined;
    const names = await Promise.all((before[FUNCTIONS_GONE] ?? '').split(' ').map((name) => port.list(sysfsPath(parsePciAddress(name)))));
    return { ...power, [FUNCTION_THERE]: names.every((each) => each !== undefined) ? 'yes' : null };
  },
  touches: async () => [],
  steps: async (_, change, from, to) => slotSteps(change, from, to),
};

/** The subject is the slot's directory. */
export const SLOT_POWER: ChangeKind = {
  read: (port, { subject }) => readSlotPower(port, subject),
  // Nothing is between on and off that undoing could disturb.
  touches: async () => [],
  steps: async (_, change, from, to) => slotSteps(change, from, to),
};
