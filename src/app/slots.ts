/** `hostdev slot`: functions of IBM Z that are configured or on standby. */
import type { FunctionName } from '../domain/function-name.ts';
import { HostdevError } from '../errors.ts';
import { readInventory } from '../host/inventory.ts';
import { requireFunction } from '../host/require-functions.ts';
import { readEverySlot, readSlots } from '../host/slots.ts';
import { pciNames } from '../pci/names.ts';
import { formatFid } from '../pci/zpci.ts';
import type { Step } from '../plan/step.ts';
import { type ListedSlot, listedSlot } from '../state/listed-slot.ts';
import { requireFid, requireSlots, type Slot, type SlotState } from '../state/slot.ts';
import { changeHost, type ChangeOptions, type HostPlan } from './change-options.ts';
import type { AppContext } from './context.ts';
import { viewing } from './host-view.ts';
import { tellingOnce } from './losses.ts';
import { refusingTogether } from './refuse-together.ts';
import { resolveFunctions } from './resolve.ts';
import { type OneSlot, planSlotChange, SLOT_VERBS, type SlotVerb } from './slot-plan.ts';

/** @throws {HostdevError} `slot-unknown` where there are none; `file-unreadable` where that cannot be seen. */
export async function listSlots(context: AppContext): Promise<ListedSlot[]> {
  const { port, readPciIds } = viewing(context);
  const slots = requireSlots(await readEverySlot(port));
  const [functions, lookup] = [await readInventory(port), pciNames(await readPciIds())];
  return slots.map((slot) => {
    const device = functions.find(({ zpci }) => zpci?.fid === Number(slot.fid));
    return listedSlot(slot, device, device === undefined ? undefined : lookup(device));
  });
}

/**
 * The fids of slots, each once: the ids themselves, also of functions on standby, or those of the functions that are named otherwise.
 *
 * @throws {HostdevError} `address-twice` when two names of one function mean the same one; a pchid may mean it besides.
 */
export async function fidsOf(context: AppContext, names: readonly FunctionName[]): Promise<number[]> {
  const { port } = context;
  const each = await refusingTogether(names, async (name) => {
    if (name.kind === 'fid') return [name.id];
    const addresses = await resolveFunctions(context, [name]);
    return refusingTogether(addresses, async (address) => requireFid(await requireFunction(port, address)));
  });
  const single = each.filter((_, at) => names[at]?.kind !== 'pchid').flat(2);
  const twice = single.find((fid, at) => single.indexOf(fid) !== at);
  if (twice === undefined) return [...new Set(each.flat())];
  const subject = `fid ${formatFid(twice)}`;
  throw new HostdevError('address-twice', `${subject} is named twice`, { subject, hint: 'name each function once' });
}

/** What happened, or would happen, to a slot. */
export interface SlotChange {
  readonly before: Slot;
  readonly after: Slot;
  /** False when it was so already. */
  readonly changed: boolean;
  readonly steps: readonly Step[];
}

interface SlotsPlan extends HostPlan {
  readonly slots: readonly OneSlot[];
}

/**
 * Configures functions of slots, sends them to standby, or makes them anew: all, or none. What is so already is left as it is.
 *
 * @throws {HostdevError} `slot-unknown`, `function-in-use`, `function-held`, `sriov-in-use`; `function-standby` where there is nothing to reset.
 */
export async function changeSlots(context: AppContext, verb: SlotVerb, fids: readonly number[], options: ChangeOptions): Promise<SlotChange[]> {
  const wanted = SLOT_VERBS[verb];
  const telling = tellingOnce(options);
  return changeHost(context, verb, options, {
    plan: async (view): Promise<SlotsPlan> => {
      const slots = await refusingTogether(fids, (fid) => planSlotChange(view, verb, fid, telling));
      return { slots, changes: slots.flatMap(({ changes }) => changes) };
    },
    report: async ({ slots }, done) => {
      const found =
        done === undefined
          ? []
          : await readSlots(
              context.port,
              slots.map(({ name }) => name),
            );
      return slots.map(({ slot, changes }, at) => {
        const steps = changes.flatMap((change) => change.steps);
        // What a function will have when it is made anew is the kernel's to say.
        const expected = { ...slot, state: wanted, driver: null, ...(wanted === 'standby' ? { address: null, uid: null } : {}) };
        return { before: slot, after: steps.length === 0 ? slot : (found[at] ?? expected), changed: steps.length > 0, steps };
      });
    },
  });
}

/** As {@link changeSlots}, of one slot that is to be on or off. */
export async function switchSlot(context: AppContext, fid: number, wanted: SlotState, options: ChangeOptions): Promise<SlotChange> {
  const [change] = await changeSlots(context, wanted === 'configured' ? 'slot on' : 'slot off', [fid], options);
  return change as SlotChange;
}
