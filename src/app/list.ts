/** `hostdev list`: every PCI function of the machine. */
import type { FunctionName } from '../domain/function-name.ts';
import { pciNames } from '../pci/names.ts';
import { type FunctionSummary, summarize } from '../state/function-summary.ts';
import { requireJudgments } from '../state/judge.ts';
import { reportOf, type VerdictReport } from '../state/verdict-report.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';
import { resolveFunctions } from './resolve.ts';

/** A row of `list`: the function, and whether it can be given away. */
export type ListedFunction = FunctionSummary & Pick<VerdictReport, 'verdict' | 'evidence' | 'companions'>;

/**
 * Every function, or those that are named, in the machine's order.
 *
 * @throws {HostdevError} `function-unknown` for all that are not there.
 */
export async function listFunctions(context: AppContext, names: readonly FunctionName[] = []): Promise<ListedFunction[]> {
  const view = viewing(context);
  const [{ judgments }, ids] = await Promise.all([viewHost(view), context.readPciIds()]);
  const named = new Set(names.length === 0 ? judgments : requireJudgments(judgments, await resolveFunctions(view, names)));
  const lookup = pciNames(ids);
  return judgments
    .filter((judgment) => named.has(judgment))
    .map((judgment) => {
      const { verdict, evidence, companions } = reportOf(judgment);
      return { ...summarize(judgment.device, lookup(judgment.device)), verdict, evidence, companions };
    });
}
