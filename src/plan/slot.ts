/** Configuring functions of IBM Z, and sending them to standby. State: `power` is 1 for a configured function, 0 for one on standby. */
import { HostdevError } from '../errors.ts';
import { slotOfFid, slotPowerPath } from '../pci/slot.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';
import type { Judgment } from '../state/judge.ts';
import type { Slot, SlotState } from '../state/slot.ts';
import type { Change } from './change.ts';
import { refusalToSwitchOff } from './removable.ts';
import { type Step, write } from './step.ts';
import { reverse, type State, type Transition } from './transition.ts';

/** Name of the fact that tells which functions a change took away, their addresses with blanks between. */
export const FUNCTIONS_GONE = 'functions';

const POWER = { configured: '1', standby: '0' } as const satisfies Record<SlotState, string>;

/** Name of the fact that tells whether a function is there, `yes`: while it is reset it is not. */
export const FUNCTION_THERE = 'there';

/** What is asked for. */
export interface SlotWish {
  readonly wanted: SlotState;
  /** Switch off what the host uses. */
  readonly force: boolean;
}

/**
 * Configures the function of a slot, or sends it to standby; without steps when it is so already. With its slot goes the function, and whatever
 * hostdev did to it.
 *
 * @throws {HostdevError} `function-in-use`, `function-held`, `sriov-in-use`.
 */
export function planSlot(slot: Slot, judgment: Judgment | undefined, wish: SlotWish): Change {
  const { address } = slot;
  const [before, wanted] = [POWER[slot.state], POWER[wish.wanted]];
  const refusal = judgment === undefined || before === wanted ? undefined : refusalToSwitchOff(judgment, wish.force);
  if (refusal !== undefined) throw refusal;
  const transition: Transition = {
    verb: wanted === '1' ? 'slot on' : 'slot off',
    subject: slotOfFid(Number(slot.fid)),
    before: { power: before, ...(address === null ? {} : { [FUNCTIONS_GONE]: address }) },
    wanted: { power: wanted },
  };
  return {
    ...transition,
    steps: slotSteps(transition, transition.before, transition.wanted),
    undo: slotSteps(reverse(transition), transition.wanted, transition.before),
  };
}

/**
 * Sends the function of a slot to standby and configures it anew: two changes, so that what fails between them is told as what it is. One that is
 * on standby is configured.
 *
 * @throws {HostdevError} as {@link planSlot}.
 */
export function planReconfigure(slot: Slot, judgment: Judgment | undefined, force: boolean): Change[] {
  const off = planSlot(slot, judgment, { wanted: 'standby', force });
  const on = planSlot({ ...slot, state: 'standby', address: null, uid: null, driver: null }, undefined, { wanted: 'configured', force });
  return [off, on];
}

/**
 * Shuts a function down and has the kernel make it anew, in its slot: what `zpcictl --reset` does, but for the report to the Support Element. Whatever
 * hostdev did to the function ends with it. Source: the kernel's ABI document for s390 PCI, `recover`.
 *
 * @throws {HostdevError} `function-standby`; as {@link planSlot}.
 */
export function planReset(slot: Slot, judgment: Judgment | undefined, force: boolean): Change {
  const { fid, address } = slot;
  const subject = slotOfFid(Number(fid));
  if (address === null || judgment === undefined) {
    throw new HostdevError('function-standby', `the function of slot ${fid} is on standby: there is nothing to reset`, {
      subject: fid,
      hint: `'hostdev slot on 0x${Number(fid).toString(16)}' configures it`,
    });
  }
  const refusal = refusalToSwitchOff(judgment, force);
  if (refusal !== undefined) throw refusal;
  const there = { power: POWER.configured, [FUNCTION_THERE]: 'yes' };
  return {
    ...{ verb: 'slot reset', subject, before: { ...there, [FUNCTIONS_GONE]: address }, wanted: there },
    steps: [write(`${sysfsPath(judgment.device.address)}/recover`, '1', 'the function is shut down, and made anew')],
    // Its driver is the kernel's to choose again; before and after are the same.
    undo: [],
  };
}

/** One attribute, one write: there is nothing between on and off. A function that did not come back from a reset comes back by its slot. */
export function slotSteps({ subject }: Pick<Transition, 'subject'>, from: State, to: State): Step[] {
  if (from['power'] === '1' && to[FUNCTION_THERE] === 'yes' && from[FUNCTION_THERE] === null) {
    const off = slotSteps({ subject }, { power: '1' }, { power: '0' });
    return [...off, ...slotSteps({ subject }, { power: '0' }, { power: '1' })];
  }
  if (from['power'] === to['power']) return [];
  return [write(slotPowerPath(subject), to['power'] ?? '0', to['power'] === '1' ? 'the function is configured' : 'the function goes to standby')];
}
