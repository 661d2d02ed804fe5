/** Function slots of IBM Z: configured or on standby. Source: the kernel's s390 PCI documentation (/sys/bus/pci/slots). */
import { type HostReader, readText } from '../host/port.ts';
import type { ChangeKind } from './change.ts';
import type { State } from './journal/record.ts';
import { write } from '../plan/step.ts';

export const SLOTS = '/sys/bus/pci/slots';

/** State: `power` is 1 for a configured function, 0 for one on standby. The subject is the slot's directory, the fid in eight digits. */
export const SLOT_POWER: ChangeKind = {
  read: (port, { subject }) => readSlotPower(port, subject),
  // One attribute, one write: there is nothing between on and off.
  touches: async () => [],
  steps: async (_, { subject }, from, to) =>
    from['power'] === to['power']
      ? []
      : [write(`${SLOTS}/${subject}/power`, to['power'] ?? '0', to['power'] === '1' ? 'the function is configured' : 'the function goes to standby')],
};

export async function readSlotPower(port: HostReader, slot: string): Promise<State | undefined> {
  const power = await readText(port, `${SLOTS}/${slot}/power`);
  return power === undefined ? undefined : { power };
}
