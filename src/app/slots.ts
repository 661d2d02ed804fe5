/** `hostdev slot`: functions of IBM Z that are configured or on standby. */
import type { FunctionName } from '../domain/function-name.ts';
import { requireFunction } from '../host/require-functions.ts';
import { readFunctionSlots, readSlots } from '../host/slots.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { Change } from '../plan/change.ts';
import { planSlot } from '../plan/slot.ts';
import type { Step } from '../plan/step.ts';
import { judgmentOf } from '../state/judge.ts';
import { requireFid, requireSlot, requireSlots, type Slot, type SlotState } from '../state/slot.ts';
import { changeHost, type ChangeOptions, type HostPlan } from './change-options.ts';
import type { AppContext } from './context.ts';
import { viewHost } from './host-view.ts';
import { resolveFunction } from './resolve.ts';

/** @throws {HostdevError} `slot-unknown` where there are none. */
export async function listSlots({ port }: AppContext): Promise<Slot[]> {
  return readSlots(port, requireSlots(await readFunctionSlots(port)));
}

/** The fid of a slot: the id itself, also of a function on standby, or that of the function that is named otherwise. */
export async function fidOf(context: AppContext, name: FunctionName): Promise<number> {
  return name.kind === 'fid' ? name.id : requireFid(await requireFunction(context.port, await resolveFunction(context, name)));
}

/** What happened, or would happen, to a slot. */
export interface SlotChange {
  readonly before: Slot;
  readonly after: Slot;
  /** False when it was so already. */
  readonly changed: boolean;
  readonly steps: readonly Step[];
}

interface SlotPlan extends HostPlan {
  readonly slot: Slot;
  readonly change: Change;
}

/**
 * Configures the function of a slot, or sends it to standby; one that is so already is left as it is.
 *
 * @throws {HostdevError} `slot-unknown`, `function-in-use`, `function-held`, `sriov-in-use`.
 */
export async function switchSlot(context: AppContext, fid: number, wanted: SlotState, options: ChangeOptions): Promise<SlotChange> {
  const gone = wanted === 'configured' ? {} : { address: null, driver: null };
  return changeHost(context, wanted === 'configured' ? 'slot on' : 'slot off', options, {
    plan: (view) => planSwitch(view, fid, wanted, options.force === true),
    report: async ({ slot, change: { steps, subject } }, done) => {
      if (steps.length === 0) return { before: slot, after: slot, changed: false, steps };
      const [found] = done === undefined ? [] : await readSlots(context.port, [subject]);
      return { before: slot, after: found ?? { ...slot, state: wanted, ...gone }, changed: true, steps };
    },
  });
}

async function planSwitch(view: AppContext, fid: number, wanted: SlotState, force: boolean): Promise<SlotPlan> {
  const [slot] = await readSlots(view.port, [requireSlot(await readFunctionSlots(view.port), fid)]);
  if (slot === undefined) throw new Error('a slot that is there has vanished');
  const judgment = slot.state === wanted || slot.address === null ? undefined : judgmentOf((await viewHost(view)).judgments, parsePciAddress(slot.address));
  const change = planSlot(slot, judgment, { wanted, force });
  return { slot, change, changes: [change] };
}
