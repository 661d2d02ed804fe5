/** `hostdev list`: every PCI function of the machine. */
import { readInventory } from '../host/inventory.ts';
import { pciNames } from '../pci/names.ts';
import type { AppContext } from './context.ts';
import { judgeAll } from '../host/usage/judge.ts';
import { formatEvidence } from '../state/verdict.ts';
import { readGuestClaims } from './running-guests.ts';
import { type FunctionSummary, summarize } from './describe.ts';

/** A row of `list`: the function, and whether it can be given away. */
export interface ListedFunction extends FunctionSummary {
  readonly verdict: string;
  readonly evidence: readonly string[];
}

export async function listFunctions(context: AppContext): Promise<ListedFunction[]> {
  const [devices, ids] = await Promise.all([readInventory(context.port), context.readPciIds()]);
  const lookup = pciNames(ids);
  const verdicts = await judgeAll(context.port, devices, await readGuestClaims(context.port));
  return devices.map((device, i) => ({
    ...summarize(device, lookup(device)),
    verdict: verdicts[i]?.verdict ?? 'unknown',
    evidence: (verdicts[i]?.evidence ?? []).map(formatEvidence),
  }));
}
