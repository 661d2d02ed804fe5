/** Configuring functions of IBM Z, and sending them to standby. State: `power` is 1 for a configured function, 0 for one on standby. */
import { slotOfFid, slotPowerPath } from '../pci/slot.ts';
import type { Judgment } from '../state/judge.ts';
import type { Slot, SlotState } from '../state/slot.ts';
import type { Change } from './change.ts';
import { refusalToSwitchOff } from './removable.ts';
import { type Step, write } from './step.ts';
import { reverse, type State, type Transition } from './transition.ts';

/** Name of the fact that tells which functions a change took away, their addresses with blanks between. */
export const FUNCTIONS_GONE = 'functions';

const POWER = { configured: '1', standby: '0' } as const satisfies Record<SlotState, string>;

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

/** One attribute, one write: there is nothing between on and off. */
export function slotSteps({ subject }: Pick<Transition, 'subject'>, from: State, to: State): Step[] {
  if (from['power'] === to['power']) return [];
  return [write(slotPowerPath(subject), to['power'] ?? '0', to['power'] === '1' ? 'the function is configured' : 'the function goes to standby')];
}
