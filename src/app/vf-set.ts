/** `hostdev vf set`: what the physical function's driver enforces for a virtual one. */
import { executeAll } from '../execute/executor.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { Step } from '../plan/step.ts';
import type { State } from '../plan/transition.ts';
import { settingRefused, type VfSettingsWish } from '../plan/vf-settings.ts';
import { changeHost, type ChangeOptions } from './change-options.ts';
import type { AppContext } from './context.ts';
import { planVfSetting } from './vf-setting-plan.ts';

/** What happened, or would happen, to the settings of a virtual function. */
export interface VfSettingChange {
  readonly address: string;
  readonly physicalFunction: string;
  readonly netdev: string;
  readonly index: number;
  readonly before: State;
  readonly after: State;
  readonly changed: boolean;
  readonly steps: readonly Step[];
}

export interface VfSetOptions extends ChangeOptions {
  /** Keep the settings across boots, in the rule that keeps the functions. */
  readonly persist?: boolean | undefined;
}

/**
 * Changes what the physical function's driver enforces for a virtual function.
 *
 * @throws {HostdevError} `sriov-missing`, `function-held`, `vf-setting-refused`.
 */
export async function setVf(context: AppContext, vf: PciAddress, wish: VfSettingsWish, options: VfSetOptions): Promise<VfSettingChange> {
  const name = formatPciAddress(vf);
  return changeHost(context, 'vf set', options, {
    plan: (view) => planVfSetting(view, vf, wish, options),
    execute: (executor, changes) =>
      executeAll(executor, changes).catch((error: unknown) => {
        throw settingRefused(name, error);
      }),
    report: ({ change, changes }, done) => {
      const { before, wanted, physicalFunction, place } = change;
      const steps = changes.flatMap((each) => each.steps);
      const after = done === undefined ? wanted : (done.find((each) => each.change === change)?.after ?? before);
      return { address: name, physicalFunction, ...place, before, after, changed: steps.length > 0, steps };
    },
  });
}
