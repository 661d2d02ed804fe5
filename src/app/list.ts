/** `hostdev list`: every PCI function of the machine. */
import type { FunctionName } from '../domain/function-name.ts';
import { formatPciAddress } from '../pci/address.ts';
import { pciNames } from '../pci/names.ts';
import { type CompanionReport, reportOf } from './check.ts';
import type { AppContext } from './context.ts';
import { type FunctionSummary, summarize } from './describe.ts';
import { viewHost, viewing } from './host-view.ts';
import { judgmentsOf } from './assignable.ts';
import { resolveFunctions } from './resolve.ts';

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

/**
 * The functions that are named, in the machine's order.
 *
 * @throws {HostdevError} `function-unknown` for one that is not there.
 */
export async function listNamed(context: AppContext, names: readonly FunctionName[]): Promise<ListedFunction[]> {
  const view = viewing(context);
  const named = await judgmentsOf(view, await resolveFunctions(view, names));
  const wanted = new Set(named.map(({ device }) => formatPciAddress(device.address)));
  return (await listFunctions(view)).filter(({ address }) => wanted.has(address));
}
