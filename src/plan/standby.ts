/** Refusals of functions of IBM Z that are not there because they are on standby, in better words. */
import type { Problem } from '../errors.ts';
import { slotOfFid } from '../pci/slot.ts';

/** A slot that we switched off. */
interface SwitchedOff {
  /** Directory of the slot. */
  readonly slot: string;
  /** Addresses of the functions that went with it. */
  readonly functions: readonly string[];
  /** ISO 8601. */
  readonly time: string;
  /** User and process. */
  readonly by: string;
}

/** Slots whose functions are on standby: all of them, and those of which it is known who sent them there. */
export interface StandbySlots {
  readonly off: readonly string[];
  readonly switched: readonly SwitchedOff[];
}

/**
 * The refusal of a function that is not there, where its slot is off: since when and by whom, when we switched it off, and otherwise which slots
 * are on standby. Any other problem as it is.
 */
export function explainStandby(problem: Problem, { off, switched }: StandbySlots): Problem {
  const { code, subject = '', hint = '' } = problem;
  if (code !== 'function-unknown' || off.length === 0) return problem;
  const named = slotNamed(subject);
  const record = switched.find(({ slot, functions }) => off.includes(slot) && (functions.includes(subject) || slot === named));
  const slot = record?.slot ?? off.find((each) => each === named);
  if (slot === undefined) {
    const known = off.map((each) => `'hostdev slot on ${shortFid(each)}'`).join(', ');
    return { ...problem, hint: `${hint}${hint === '' ? '' : '; '}functions are on standby: ${known}` };
  }
  const since = record === undefined ? '' : ` since ${record.time}, when ${record.by} switched its slot off`;
  return {
    ...problem,
    code: 'function-standby',
    message: `${subject} is on standby in slot 0x${slot}${since}`,
    hint: `'hostdev slot on ${shortFid(slot)}' configures it`,
  };
}

/** The slot of a function that is named by its id. */
function slotNamed(subject: string): string | undefined {
  const digits = /^fid=(?:0x)?([0-9a-f]{1,8})$/i.exec(subject)?.[1];
  return digits === undefined ? undefined : slotOfFid(Number.parseInt(digits, 16));
}

/** `0x17`, as it is typed. */
function shortFid(slot: string): string {
  return `0x${Number.parseInt(slot, 16).toString(16)}`;
}
