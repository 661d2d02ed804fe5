/** `hostdev show`: everything the kernel says about one function. */
import type { PciAddress } from '../pci/address.ts';
import { pciNames } from '../pci/names.ts';
import { detailsOf, type FunctionDetails } from '../state/function-details.ts';
import { requireJudgment } from '../state/judge.ts';
import type { AppContext } from './context.ts';
import { viewHost } from './host-view.ts';

/** @throws {HostdevError} `function-unknown`. */
export async function showFunction(context: AppContext, address: PciAddress): Promise<FunctionDetails> {
  const [{ state, judgments }, ids] = await Promise.all([viewHost(context), context.readPciIds()]);
  const judgment = requireJudgment(judgments, address);
  return detailsOf(judgment, state, pciNames(ids)(judgment.device));
}
