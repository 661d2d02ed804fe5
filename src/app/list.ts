/** `hostdev list`: every PCI function of the machine. */
import type { FunctionName } from '../domain/function-name.ts';
import type { Problem } from '../errors.ts';
import { pciNames } from '../pci/names.ts';
import { requireJudgments } from '../state/judge.ts';
import { type ListFilter, matchesFilter } from '../state/list-filter.ts';
import { type ListedFunction, listedFunction } from '../state/listed-function.ts';
import { unmatchedWords } from '../state/unmatched-filter.ts';
import { lookUp } from '../state/named-functions.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';

/** What can be listed of what was named, and what is not there. */
export interface FunctionList {
  readonly rows: readonly ListedFunction[];
  readonly problems: readonly Problem[];
  /** What was asked for of the whole machine, and none of its functions has. */
  readonly unmatched: readonly Problem[];
}

export interface ListOptions {
  readonly filter?: ListFilter | undefined;
  /** Where the journal is, which knows what was sent to standby. */
  readonly stateDirectory?: string | undefined;
}

/** The functions that names mean, as far as they have what is asked for, in the machine's order; all where nothing is named. */
export async function listNamed(context: AppContext, names: readonly FunctionName[], { filter = {}, stateDirectory }: ListOptions = {}): Promise<FunctionList> {
  const view = viewing(context);
  const [{ state, judgments }, ids] = await Promise.all([viewHost(view), context.readPciIds()]);
  const { there, unknown } = lookUp(state.functions, names);
  const named = new Set(names.length === 0 ? judgments : requireJudgments(judgments, there));
  const lookup = pciNames(ids);
  const all = judgments.filter((judgment) => named.has(judgment)).map((judgment) => listedFunction(judgment, state, lookup(judgment.device)));
  const problems = await explained(
    context,
    stateDirectory,
    unknown.flatMap((each) => each.problems),
  );
  const [rows, others] = [all.filter((row) => matchesFilter(row, filter)), all.filter((row) => !matchesFilter(row, filter))];
  return {
    rows,
    // Whoever names nothing asks for those that match and no others.
    problems: [...problems, ...(names.length === 0 ? [] : others.map(leftOut))],
    unmatched: names.length === 0 && rows.length === 0 ? unmatchedWords(filter, all) : [],
  };
}

/** What knows of slots and of the journal is loaded when something is not there. */
async function explained(context: AppContext, stateDirectory: string | undefined, problems: readonly Problem[]): Promise<readonly Problem[]> {
  if (problems.length === 0) return problems;
  return (await import('./standby.ts')).explainProblems(context, stateDirectory, problems);
}

function leftOut({ address }: ListedFunction): Problem {
  return { code: 'function-filtered', severity: 'warning', subject: address, message: `${address} is named, but has not all that is asked for` };
}

/** Every function, in the machine's order. */
export async function listFunctions(context: AppContext): Promise<readonly ListedFunction[]> {
  return (await listNamed(context, [])).rows;
}
