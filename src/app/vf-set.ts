/** `hostdev vf set`: what the physical function's driver enforces for a virtual one. */
import { executeAll } from '../execute/executor.ts';
import { readRule } from '../host/persist/rules.ts';
import { readVfPlace, readVfSettings } from '../host/vf-settings.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { RuleChange } from '../plan/persist.ts';
import type { Step } from '../plan/step.ts';
import type { State } from '../plan/transition.ts';
import { keptSettings, planVfSettings, settingRefused, type VfSettingsPlan, type VfSettingsWish } from '../plan/vf-settings.ts';
import { requireJudgment } from '../state/judge.ts';
import { changeHost, type ChangeOptions, type HostPlan } from './change-options.ts';
import type { AppContext } from './context.ts';
import { viewHost } from './host-view.ts';
import { rulesFor } from './persistent.ts';

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

interface SettingPlan extends HostPlan {
  readonly change: VfSettingsPlan;
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

/** Plans the settings of one virtual function. @throws {HostdevError} as {@link setVf}. */
export async function planVfSetting(
  context: AppContext,
  vf: PciAddress,
  wish: VfSettingsWish,
  options: Pick<VfSetOptions, 'dryRun' | 'force' | 'persist'>,
): Promise<SettingPlan> {
  const { port } = context;
  const judgment = requireJudgment((await viewHost(context)).judgments, vf);
  const place = await readVfPlace(port, formatPciAddress(vf));
  const asked = place === undefined ? undefined : readVfSettings(port, place.netdev).then((all) => all.get(place.index));
  // A copy of another machine cannot be asked what its driver enforces.
  const now = await (options.dryRun ? asked?.catch(() => undefined) : asked);
  const change = planVfSettings({ judgment, place, now, force: options.force === true }, wish);
  return { change, changes: [change, ...(options.persist === true ? await keptRule(context, change, wish) : [])] };
}

async function keptRule({ port }: AppContext, change: VfSettingsPlan, wish: VfSettingsWish): Promise<RuleChange[]> {
  const pf = parsePciAddress(change.physicalFunction);
  return rulesFor(port, [{ address: pf, vfs: keptSettings((await readRule(port, pf))?.vfs ?? null, change, wish) }]);
}
