/** `hostdev check` without address: is this host ready to give functions away, and if not, what to do. */
import type { AppContext } from '../context.ts';
import { iommuReadiness } from './iommu.ts';
import type { Readiness } from './finding.ts';
import { readMachineFacts } from './machine.ts';
import { vfioReadiness } from './vfio.ts';
import { zpciReadiness } from './zpci.ts';

export type { Readiness };

export async function checkReadiness(context: AppContext): Promise<Readiness[]> {
  const machine = await readMachineFacts(context.port);
  return [...(await iommuReadiness(context.port, machine)), ...(await vfioReadiness(context, machine)), ...(await zpciReadiness(context.port))];
}
