/** `hostdev persistent remove`: rules that are taken away. */
import type { PciAddress } from '../pci/address.ts';
import type { Step } from '../plan/step.ts';
import { type ChangeOptions, planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import { changeRule, planRule, type RuleChange } from './persistent.ts';

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
  const { port } = context;
  const plan = async (): Promise<RuleChange[]> => {
    const changes: RuleChange[] = [];
    for (const address of addresses) changes.push(await planRule(port, address, { driver: null, vfs: null }));
    return changes;
  };
  const report = (changes: readonly RuleChange[]): RemovedRule[] =>
    changes.map(({ subject, steps, todo }) => ({ address: subject, changed: steps.length > 0, steps, todo }));
  return planned(context, 'persistent remove', options, {
    plan,
    isIdle: (changes) => changes.every(({ steps }) => steps.length === 0),
    preview: report,
    apply: async (_, log) => {
      const done: RuleChange[] = [];
      // Planned one by one: with the last rule the files for the RAM disk go as well.
      for (const address of addresses) {
        const change = await planRule(port, address, { driver: null, vfs: null });
        await changeRule(log, change);
        done.push(change);
      }
      return report(done);
    },
  });
}
