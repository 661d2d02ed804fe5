/** `hostdev check NAME…`: what can be said of each function, also where others are not there. */
import type { FunctionName } from '../domain/function-name.ts';
import { lookUp, type UnknownName } from '../state/named-functions.ts';
import { type CheckOptions, type CheckReport, checkTogether } from './check.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';
import { explainProblems } from './standby.ts';

export interface CheckNamesOptions extends CheckOptions {
  /** Where the journal is, which knows what was sent to standby. */
  readonly stateDirectory?: string | undefined;
}

/** Judges the functions that names mean; those that mean none come behind. */
export async function checkNames(context: AppContext, names: readonly FunctionName[], options: CheckNamesOptions): Promise<(CheckReport | UnknownName)[]> {
  const view = viewing(context);
  const { state } = await viewHost(view);
  const { there, unknown } = lookUp(state.functions, names);
  const reports = there.length === 0 ? [] : await checkTogether(view, there, options);
  const explained = unknown.map(async ({ address, problems }) => ({ address, problems: await explainProblems(context, options.stateDirectory, problems) }));
  return [...reports, ...(await Promise.all(explained))];
}
