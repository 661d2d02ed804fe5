/** What is done to switch a function of IBM Z on or off, or to make it anew. */
import { readFunctionSlots, readSlots, refuseUnreadSlots } from '../host/slots.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { Change } from '../plan/change.ts';
import { lossBySwitchingOff } from '../plan/removable.ts';
import { planReconfigure, planReset, planSlot } from '../plan/slot.ts';
import { type Judgment, judgmentOf } from '../state/judge.ts';
import { requireSlot, type Slot, type SlotState } from '../state/slot.ts';
import type { TakingOptions } from './assignable.ts';
import type { AppContext } from './context.ts';
import { viewHost } from './host-view.ts';

/** What is done to slots, and how each is then. */
export const SLOT_VERBS = {
  'slot on': 'configured',
  'slot off': 'standby',
  'slot reset': 'configured',
  'slot reconfigure': 'configured',
} as const satisfies Record<string, SlotState>;

export type SlotVerb = keyof typeof SLOT_VERBS;

export interface OneSlot {
  readonly slot: Slot;
  readonly name: string;
  readonly changes: readonly Change[];
}

/** Plans the change of one slot. @throws {HostdevError} `slot-unknown`, `function-in-use`, `function-held`, `sriov-in-use`, `function-standby`. */
export async function planSlotChange(
  view: AppContext,
  verb: SlotVerb,
  fid: number,
  { force = false, onLoss }: Pick<TakingOptions, 'force' | 'onLoss'>,
): Promise<OneSlot> {
  const names = await readFunctionSlots(view.port);
  refuseUnreadSlots(view.port);
  const name = requireSlot(names, fid);
  const [slot] = await readSlots(view.port, [name]);
  refuseUnreadSlots(view.port);
  if (slot === undefined) throw new Error('a slot that is there has vanished');
  const judgment = slot.address === null || verb === 'slot on' ? undefined : judgmentOf((await viewHost(view)).judgments, parsePciAddress(slot.address));
  const changes = changesFor(verb, slot, judgment, force);
  const loss = judgment === undefined ? undefined : lossBySwitchingOff(judgment);
  if (loss !== undefined) onLoss?.(loss);
  return { slot, name, changes };
}

function changesFor(verb: SlotVerb, slot: Slot, judgment: Judgment | undefined, force: boolean): Change[] {
  switch (verb) {
    case 'slot reset':
      return [planReset(slot, judgment, force)];
    case 'slot reconfigure':
      return planReconfigure(slot, judgment, force);
    default:
      return [planSlot(slot, judgment, { wanted: SLOT_VERBS[verb], force })];
  }
}
