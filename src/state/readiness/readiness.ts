/** Whether a host is ready to give functions away, and if not, what to do. */
import type { ReadinessFacts } from './facts.ts';
import type { Readiness } from './finding.ts';
import { iommuReadiness } from './iommu.ts';
import { vfioReadiness } from './vfio.ts';
import { zpciReadiness } from './zpci.ts';

export type { Readiness };

export function judgeReadiness(facts: ReadinessFacts): Readiness[] {
  return [...iommuReadiness(facts), ...vfioReadiness(facts), ...zpciReadiness(facts)];
}
