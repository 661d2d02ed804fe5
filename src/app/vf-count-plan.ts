/** What is done for a physical function to have that many virtual ones. */
import { readRule } from '../host/persist/rules.ts';
import { requireFunction } from '../host/require-functions.ts';
import { readVfCount } from '../host/vf-count.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { Change } from '../plan/change.ts';
import { changesVfs, keptVfs, planVfCount, type VfCountWish } from '../plan/vf.ts';
import { requireJudgments } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { AppContext } from './context.ts';
import { viewHost } from './host-view.ts';
import { rulesFor } from './persistent.ts';

/** What sriov_drivers_autoprobe of a physical function was before hostdev created virtual ones, as far as a journal tells. */
export type AutoprobeBefore = (pf: string) => Promise<string | null | undefined>;

export interface CountPlan {
  readonly changes: readonly Change[];
  readonly change: Change;
  readonly device: NodeDevice;
  readonly todo: readonly string[];
}

/** Plans how many virtual functions there are, and what keeps them. @throws {HostdevError} `sriov-missing`, `sriov-count`, `sriov-in-use`. */
export async function planVfs(context: AppContext, pf: PciAddress, wish: VfCountWish, found: AutoprobeBefore): Promise<CountPlan> {
  const { port } = context;
  const device = await requireFunction(port, pf);
  const now = (await readVfCount(port, formatPciAddress(pf))) ?? { count: '0', autoprobe: null };
  const going = changesVfs(now, wish) ? requireJudgments((await viewHost(context)).judgments, device.sriov?.virtualFunctions ?? []) : [];
  const kept = (await readRule(port, pf))?.vfs ?? null;
  const autoprobeBefore = wish.count > 0 ? undefined : await found(formatPciAddress(pf));
  const change = planVfCount({ device, now, autoprobeBefore, kept, going }, wish);
  const rules = wish.persist ? await rulesFor(port, [{ address: pf, vfs: keptVfs(kept, wish) }]) : [];
  return { change, changes: [change, ...rules], device, todo: rules.flatMap(({ todo }) => todo) };
}
