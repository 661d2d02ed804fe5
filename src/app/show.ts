/** `hostdev show`: everything the kernel says about one function. */
import type { PciAddress } from '../pci/address.ts';
import { readShownFacts } from '../host/shown-facts.ts';
import { pciNames } from '../pci/names.ts';
import { detailsOf, type FunctionDetails } from '../state/function-details.ts';
import { requireJudgment } from '../state/judge.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';

/** @throws {HostdevError} `function-unknown`. */
export async function showFunction(context: AppContext, address: PciAddress): Promise<FunctionDetails> {
  const view = viewing(context);
  const [{ state, judgments }, ids] = await Promise.all([viewHost(view), context.readPciIds()]);
  const judgment = requireJudgment(judgments, address);
  return detailsOf(judgment, await readShownFacts(view.port, address), state, pciNames(ids)(judgment.device));
}
