/** `hostdev list`: every PCI function of the machine. */
import type { FunctionName } from '../domain/function-name.ts';
import { pciNames } from '../pci/names.ts';
import { requireJudgments } from '../state/judge.ts';
import { type ListFilter, matchesFilter } from '../state/list-filter.ts';
import { type ListedFunction, listedFunction } from '../state/listed-function.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';
import { resolveFunctions } from './resolve.ts';

/**
 * Every function, or those that are named, as far as they have what is asked for, in the machine's order.
 *
 * @throws {HostdevError} `function-unknown` for all that are not there.
 */
export async function listFunctions(context: AppContext, names: readonly FunctionName[] = [], filter: ListFilter = {}): Promise<ListedFunction[]> {
  const view = viewing(context);
  const [{ state, judgments }, ids] = await Promise.all([viewHost(view), context.readPciIds()]);
  const named = new Set(names.length === 0 ? judgments : requireJudgments(judgments, await resolveFunctions(view, names)));
  const lookup = pciNames(ids);
  return judgments
    .filter((judgment) => named.has(judgment))
    .map((judgment) => listedFunction(judgment, state, lookup(judgment.device)))
    .filter((row) => matchesFilter(row, filter));
}
