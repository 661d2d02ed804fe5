/** Configuring functions of IBM Z, and sending them to standby. State: `power` is 1 for a configured function, 0 for one on standby. */
import { slotPowerPath } from '../pci/slot.ts';
import type { Change } from './change.ts';
import { type Step, write } from './step.ts';
import { reverse, type State, type Transition } from './transition.ts';

/** Name of the fact that tells which functions a change took away, their addresses with blanks between. */
export const FUNCTIONS_GONE = 'functions';

/** A slot and its function, as they are and as they shall be. */
export interface SlotFacts {
  /** Directory of the slot: the function id in eight digits. */
  readonly slot: string;
  /** The function that goes with its slot, and whatever hostdev did to it. */
  readonly address: string | null;
  readonly before: '0' | '1';
  readonly wanted: '0' | '1';
}

/** Switches a slot on or off. */
export function planSlot({ slot, address, before, wanted }: SlotFacts): Change {
  const transition: Transition = {
    verb: wanted === '1' ? 'slot on' : 'slot off',
    subject: slot,
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
