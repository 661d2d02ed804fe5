/** `hostdev persistent remove`: rules that are taken away. */
import { executeAll } from '../execute/executor.ts';
import type { PciAddress } from '../pci/address.ts';
import type { Step } from '../plan/step.ts';
import { type ChangeOptions, planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import { planRules, type RuleChange, ruleChanges } from './persistent.ts';

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
  const plan = ({ port }: AppContext): Promise<RuleChange[]> =>
    planRules(
      port,
      addresses.map((address) => ({ address, driver: null, vfs: null })),
    );
  const report = (changes: readonly RuleChange[]): RemovedRule[] =>
    changes.map(({ subject, steps, todo }) => ({ address: subject, changed: steps.length > 0, steps, todo }));
  return planned(context, 'persistent remove', options, {
    plan,
    isIdle: (changes) => changes.every(({ steps }) => steps.length === 0),
    preview: report,
    apply: async (rules, executor) => {
      await executeAll(executor, await ruleChanges(context.port, rules));
      return report(rules);
    },
  });
}
