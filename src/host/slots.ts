/** Function slots of IBM Z as the kernel shows them: configured or on standby. */
import { HostdevError } from '../errors.ts';
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

/**
 * What keeps slots from being known, once they were looked at: none that cannot be seen is taken for none, or for one on standby.
 *
 * @throws {HostdevError} `file-unreadable`.
 */
export function refuseUnreadSlots({ refused }: HostReader): void {
  const unread = [...refused].find(([path]) => path === SLOTS || path.startsWith(`${SLOTS}/`));
  if (unread === undefined) return;
  const [path, reason] = unread;
  throw new HostdevError('file-unreadable', `which slots there are, and which are on standby, is not known: ${path} cannot be read (${reason})`, {
    subject: path,
    hint: 'run it as root, where only root may look',
  });
}

/**
 * Every slot of functions, with its function; none on machines that are no IBM Z.
 *
 * @throws {HostdevError} `file-unreadable` where it cannot be seen which there are, or which are on standby.
 */
export async function readEverySlot(port: HostReader): Promise<Slot[]> {
  const names = await readFunctionSlots(port);
  refuseUnreadSlots(port);
  const slots = await readSlots(port, names);
  refuseUnreadSlots(port);
  return slots;
}

/** Slots with their functions. */
export async function readSlots(port: HostReader, names: readonly string[]): Promise<Slot[]> {
  const functions = names.length === 0 ? [] : await readInventory(port);
  return Promise.all(names.map(async (name) => slotOf(name, (await readSlotPower(port, name))?.power, functions)));
}
