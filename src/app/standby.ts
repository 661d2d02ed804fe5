/** Functions of IBM Z that are not there because they are on standby. */
import { openJournal } from '../execute/journal/journal.ts';
import type { BeginRecord } from '../execute/journal/record.ts';
import { functionsGone, standingChanges } from '../execute/journal/standing.ts';
import { HostdevError, type Problem } from '../errors.ts';
import type { HostReader } from '../host/port.ts';
import type { AppContext } from './context.ts';
import { bootId } from '../execute/session.ts';
import { isFunctionSlot, SLOTS, slotOfFid } from '../pci/slot.ts';
import { readSlotPower } from '../host/slots.ts';

/**
 * The refusal of functions that are not there, in better words where their slots are off: since when and by whom, when we switched one off,
 * and otherwise which slots are on standby. Any other error as it is.
 */
export async function explainStandby(context: AppContext, directory: string | undefined, error: unknown): Promise<unknown> {
  if (!(error instanceof HostdevError) || error.code !== 'function-unknown') return error;
  const [first, ...others] = await explainProblems(context, directory, [error.toProblem(), ...error.others]);
  return first === undefined ? error : HostdevError.all(first, others);
}

/** The same for refusals as data. */
export async function explainProblems({ port }: AppContext, directory: string | undefined, problems: readonly Problem[]): Promise<readonly Problem[]> {
  if (!problems.some(({ code }) => code === 'function-unknown')) return problems;
  const off = await slotsOnStandby(port);
  if (off.length === 0) return problems;
  const switched = port.live || directory !== undefined ? await switchedOff(port, directory) : [];
  return problems.map((problem) => explained(problem, off, switched));
}

function explained(problem: Problem, off: readonly string[], switched: readonly BeginRecord[]): Problem {
  const { code, subject = '', hint = '' } = problem;
  if (code !== 'function-unknown') return problem;
  const record = switched.find((each) => off.includes(each.subject) && (functionsGone(each).includes(subject) || each.subject === slotNamed(subject)));
  const slot = record?.subject ?? off.find((each) => each === slotNamed(subject));
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

async function slotsOnStandby(port: HostReader): Promise<string[]> {
  const off: string[] = [];
  for (const name of (await port.list(SLOTS)) ?? []) if (isFunctionSlot(name) && (await readSlotPower(port, name))?.['power'] === '0') off.push(name);
  return off;
}

/** Changes of ours that sent functions to standby. */
async function switchedOff(port: HostReader, directory: string | undefined): Promise<BeginRecord[]> {
  const boot = await bootId(port);
  const { records } = await openJournal(directory).look();
  const standing = standingChanges(records, (record) => record.boot === boot);
  return standing.flatMap(({ record, end }) => (end === 'done' && record.verb === 'slot off' ? [record] : []));
}

/** `0x17`, as it is typed. */
function shortFid(slot: string): string {
  return `0x${Number.parseInt(slot, 16).toString(16)}`;
}
