/** Function slots of IBM Z as the kernel shows them: configured or on standby. */
import { isFunctionSlot, SLOTS, slotPowerPath } from '../pci/slot.ts';
import { type Slot, slotOf } from '../state/slot.ts';
import { readInventory } from './inventory.ts';
import { type HostReader, readText } from './port.ts';

/** State of a slot: `power` is 1 for a configured function, 0 for one on standby; undefined where there is no such slot. */
export async function readSlotPower(port: HostReader, slot: string): Promise<{ readonly power: string } | undefined> {
  const power = await readText(port, slotPowerPath(slot));
  return power === undefined ? undefined : { power };
}

/** Directories of all slots of functions; none on machines that are no IBM Z. */
export async function readFunctionSlots(port: HostReader): Promise<string[]> {
  return ((await port.list(SLOTS)) ?? []).filter(isFunctionSlot);
}

/** Slots with their functions. */
export async function readSlots(port: HostReader, names: readonly string[]): Promise<Slot[]> {
  const functions = names.length === 0 ? [] : await readInventory(port);
  return Promise.all(names.map(async (name) => slotOf(name, (await readSlotPower(port, name))?.power, functions)));
}
