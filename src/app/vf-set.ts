/** `hostdev vf set`: what the physical function's driver enforces for a virtual one. */
import { HostdevError } from '../errors.ts';
import { executeAll } from '../execute/executor.ts';
import type { Change } from '../plan/change.ts';
import type { State } from '../plan/transition.ts';
import { readVfPlace, readVfSettings } from '../host/vf-settings.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { Step } from '../plan/step.ts';
import { keptSettings, planVfSettings, vfSettingSteps, type VfSettingsPlan, type VfSettingsWish } from '../plan/vf-settings.ts';
import { judgmentOn } from './assignable.ts';
import { type ChangeOptions, planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import { planRule, readRule, type RuleChange, ruleChanges } from './persistent.ts';

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

interface SettingPlan extends VfSettingsPlan {
  readonly rule: RuleChange | undefined;
}

/**
 * Changes what the physical function's driver enforces for a virtual function.
 *
 * @throws {HostdevError} `sriov-missing`, `function-held`, `vf-setting-refused`.
 */
export async function setVf(context: AppContext, vf: PciAddress, wish: VfSettingsWish, options: VfSetOptions): Promise<VfSettingChange> {
  const name = formatPciAddress(vf);
  return planned(context, 'vf set', options, {
    plan: (view) => planSettings(view, vf, wish, options),
    isIdle: ({ steps, rule }) => steps.length + (rule?.steps.length ?? 0) === 0,
    preview: (plan) => report(name, plan, plan.wanted),
    apply: async (plan, executor) => {
      const { before, wanted, place, steps, rule } = plan;
      const change: Change = { verb: 'vf set', subject: name, before, wanted, steps, undo: vfSettingSteps(place, wanted, before) };
      const rules = rule === undefined ? [] : await ruleChanges(context.port, [rule]);
      try {
        const done = await executeAll(executor, [...(steps.length === 0 ? [] : [change]), ...rules]);
        return report(name, plan, done.find((each) => each.change === change)?.after ?? before);
      } catch (error) {
        throw settingRefused(name, error);
      }
    },
  });
}

async function planSettings(context: AppContext, vf: PciAddress, wish: VfSettingsWish, options: VfSetOptions): Promise<SettingPlan> {
  const { port } = context;
  const judgment = await judgmentOn(context, vf);
  const place = await readVfPlace(port, formatPciAddress(vf));
  const asked = place === undefined ? undefined : readVfSettings(port, place.netdev).then((all) => all.get(place.index));
  // A copy of another machine cannot be asked what its driver enforces.
  const now = await (options.dryRun ? asked?.catch(() => undefined) : asked);
  const plan = planVfSettings({ judgment, place, now, force: options.force === true }, wish);
  if (options.persist !== true) return { ...plan, rule: undefined };
  const pf = parsePciAddress(plan.physicalFunction);
  return { ...plan, rule: await planRule(port, pf, { vfs: keptSettings((await readRule(port, pf))?.vfs ?? null, plan, wish) }) };
}

function settingRefused(name: string, error: unknown): unknown {
  if (!(error instanceof HostdevError) || error.code !== 'change-failed') return error;
  return new HostdevError('vf-setting-refused', error.message, {
    subject: name,
    hint: 'not every driver has every setting; what was there before is put back',
    cause: error,
  });
}

function report(address: string, { place, physicalFunction, before, steps, rule }: SettingPlan, after: State): VfSettingChange {
  const all = [...steps, ...(rule?.steps ?? [])];
  return { address, physicalFunction, ...place, before, after, changed: all.length > 0, steps: all };
}
