/** What is done for the physical function's driver to enforce something for a virtual one. */
import { readRule } from '../host/persist/rules.ts';
import { readVfPlace, readVfSettings } from '../host/vf-settings.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { Change } from '../plan/change.ts';
import type { RuleChange } from '../plan/persist.ts';
import { keptSettings, planVfSettings, type VfSettingsPlan, type VfSettingsWish } from '../plan/vf-settings.ts';
import { requireJudgment } from '../state/judge.ts';
import type { AppContext } from './context.ts';
import { viewHost } from './host-view.ts';
import { rulesFor } from './persistent.ts';

interface SettingOptions {
  readonly dryRun: boolean;
  readonly force?: boolean | undefined;
  /** Keep the settings across boots, in the rule that keeps the functions. */
  readonly persist?: boolean | undefined;
}

export interface SettingPlan {
  readonly changes: readonly Change[];
  readonly change: VfSettingsPlan;
}

/** Plans the settings of one virtual function. @throws {HostdevError} `sriov-missing`, `function-held`. */
export async function planVfSetting(context: AppContext, vf: PciAddress, wish: VfSettingsWish, options: SettingOptions): Promise<SettingPlan> {
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
