/** `hostdev list`: every PCI function of the machine. */
import { readInventory } from '../host/inventory.ts';
import { pciNames } from '../pci/names.ts';
import type { AppContext } from './context.ts';
import { type FunctionSummary, summarize } from './describe.ts';

export async function listFunctions(context: AppContext): Promise<FunctionSummary[]> {
  const [devices, ids] = await Promise.all([readInventory(context.port), context.readPciIds()]);
  const lookup = pciNames(ids);
  return devices.map((device) => summarize(device, lookup(device)));
}
