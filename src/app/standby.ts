/** Functions of IBM Z that are not there because they are on standby: the refusals of every command say so. */
import { switchedOff } from '../execute/journal/of-machine.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { readFunctionSlots, readSlotPower } from '../host/slots.ts';
import { functionsGone } from '../plan/functions-gone.ts';
import { explainStandby } from '../plan/standby.ts';
import { absentThere } from '../state/absent-functions.ts';
import type { AppContext } from './context.ts';

/** An error that says what is not there, in better words where it is on standby; any other as it is. */
export async function explainError(context: AppContext, directory: string | undefined, error: unknown): Promise<unknown> {
  if (!(error instanceof HostdevError) || error.code !== 'function-unknown') return error;
  const [first, ...others] = await explainProblems(context, directory, [error.toProblem(), ...error.others]);
  return first === undefined ? error : HostdevError.all(first, others);
}

/** The same for refusals as data. */
export async function explainProblems({ port, hostName }: AppContext, directory: string | undefined, absent: readonly Problem[]): Promise<readonly Problem[]> {
  if (!absent.some(({ code }) => code === 'function-unknown')) return absent;
  const problems = absent.map((problem) => absentThere(hostName, problem));
  const off: string[] = [];
  for (const slot of await readFunctionSlots(port)) if ((await readSlotPower(port, slot))?.power === '0') off.push(slot);
  if (off.length === 0) return problems;
  const records = await switchedOff(port, directory);
  const switched = records.map((record) => ({ slot: record.subject, functions: functionsGone(record), time: record.time, by: record.by }));
  return problems.map((problem) => explainStandby(problem, { off, switched }));
}
