/** `hostdev persistent remove`: rules that are taken away. */
import type { PciAddress } from '../pci/address.ts';
import type { Step } from '../plan/step.ts';
import { changeHost, type ChangeOptions } from './change-options.ts';
import type { AppContext } from './context.ts';
import { rulesFor } from './persistent.ts';

/** What taking rules away did, or would do. */
export interface RemovedRule {
  readonly address: string;
  /** Whether there was a rule. */
  readonly changed: boolean;
  readonly steps: readonly Step[];
  readonly todo: readonly string[];
}

/**
 * Takes rules away; where there is none nothing changes. The functions stay with the driver they have until they are released
 * or the host boots.
 *
 * @throws {HostdevError} `persist-newer`.
 */
export async function removePersistent(context: AppContext, addresses: readonly PciAddress[], options: ChangeOptions): Promise<RemovedRule[]> {
  const wishes = addresses.map((address) => ({ address, driver: null, vfs: null }));
  return changeHost(context, 'persistent remove', options, {
    plan: async ({ port }) => ({ changes: await rulesFor(port, wishes) }),
    report: ({ changes }) => changes.map(({ subject, steps, todo }) => ({ address: subject, changed: steps.length > 0, steps, todo })),
  });
}
