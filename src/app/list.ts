/** `hostdev list`: every PCI function of the machine. */
import { pciNames } from '../pci/names.ts';
import { type CompanionReport, reportOf } from './check.ts';
import type { AppContext } from './context.ts';
import { type FunctionSummary, summarize } from './describe.ts';
import { viewHost } from './host-view.ts';

/** A row of `list`: the function, and whether it can be given away. */
export interface ListedFunction extends FunctionSummary {
  readonly verdict: string;
  readonly evidence: readonly string[];
  readonly companions: readonly CompanionReport[];
}

export async function listFunctions(context: AppContext): Promise<ListedFunction[]> {
  const [{ judgments }, ids] = await Promise.all([viewHost(context), context.readPciIds()]);
  const lookup = pciNames(ids);
  return judgments.map((judgment) => {
    const { verdict, evidence, companions } = reportOf(judgment);
    return { ...summarize(judgment.device, lookup(judgment.device)), verdict, evidence, companions };
  });
}
