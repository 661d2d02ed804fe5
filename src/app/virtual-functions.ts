/** `hostdev vf create` and `vf remove`: virtual functions of a physical one. */
import { executeAll } from '../execute/executor.ts';
import { autoprobeBefore } from '../execute/journal/of-machine.ts';
import { readNodeDevice } from '../host/inventory.ts';
import { readVfCount } from '../host/vf-count.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { Step } from '../plan/step.ts';
import type { Change } from '../plan/change.ts';
import { changesVfs, keptVfs, planVfCount, vfCountSteps, type VfCountPlan, type VfCountWish } from '../plan/vf.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { judgmentsOf } from './assignable.ts';
import { type ChangeOptions, planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import { requireFunction } from './find.ts';
import { planRule, readRule, type RuleChange, ruleChanges } from './persistent.ts';
import { FUNCTIONS_GONE } from '../plan/slot.ts';

/** What happened, or would happen, to the virtual functions of a physical one. */
export interface VfChange {
  readonly physicalFunction: string;
  readonly before: number;
  readonly after: number;
  readonly changed: boolean;
  readonly virtualFunctions: readonly string[];
  readonly steps: readonly Step[];
  /** Commands that are left to the administrator. */
  readonly todo: readonly string[];
}

export interface VfCreateOptions extends ChangeOptions {
  /** Let host drivers take the new functions. */
  readonly hostDrivers?: boolean | undefined;
  readonly persist?: boolean | undefined;
}

/**
 * Gives a physical function that many virtual ones. Those that are there are replaced, unless somebody uses one.
 *
 * @throws {HostdevError} `sriov-missing`, `sriov-count`, `sriov-in-use`.
 */
export async function createVfs(context: AppContext, pf: PciAddress, count: number, options: VfCreateOptions): Promise<VfChange> {
  return changeCount(context, pf, { verb: 'vf create', count, hostDrivers: options.hostDrivers, persist: options.persist === true }, options);
}

/** Takes all virtual functions of a physical one away, and what keeps them across boots. */
export async function removeVfs(context: AppContext, pf: PciAddress, options: ChangeOptions): Promise<VfChange> {
  return changeCount(context, pf, { verb: 'vf remove', count: 0, hostDrivers: undefined, persist: true }, options);
}

interface CountPlan extends VfCountPlan {
  readonly device: NodeDevice;
  readonly rule: RuleChange | undefined;
}

async function changeCount(context: AppContext, pf: PciAddress, wish: VfCountWish, options: ChangeOptions): Promise<VfChange> {
  const name = formatPciAddress(pf);
  const { verb, count } = wish;
  return planned(context, verb, options, {
    plan: (view) => planCount(view, pf, wish, options.stateDirectory),
    isIdle: ({ steps, rule }) => steps.length + (rule?.steps.length ?? 0) === 0,
    preview: (plan) => report(plan, plan.device),
    apply: async (plan, executor) => {
      const { before, wanted, steps, rule } = plan;
      options.onProgress?.(`${name}: ${before.count} → ${count} virtual functions`);
      const change: Change = {
        ...{ verb, subject: name, before: { ...before, ...goneFact(plan) }, wanted },
        ...{ steps, undo: vfCountSteps(name, wanted, before) },
      };
      const rules = rule === undefined ? [] : await ruleChanges(context.port, [rule]);
      await executeAll(executor, [...(steps.length === 0 ? [] : [change]), ...rules]);
      return report(plan, (await readNodeDevice(context.port, pf)) ?? plan.device);
    },
  });
}

/** Any other number is reached through 0: those that are there go, with whatever hostdev did to them. */
function goneFact({ device, before, wanted }: CountPlan): Readonly<Record<string, string>> {
  const functions = before.count === wanted.count ? [] : (device.sriov?.virtualFunctions ?? []);
  return functions.length === 0 ? {} : { [FUNCTIONS_GONE]: functions.map(formatPciAddress).join(' ') };
}

async function planCount(context: AppContext, pf: PciAddress, wish: VfCountWish, stateDirectory: string | undefined): Promise<CountPlan> {
  const { port } = context;
  const device = await requireFunction(port, pf);
  const now = (await readVfCount(port, formatPciAddress(pf))) ?? { count: '0', autoprobe: null };
  const going = changesVfs(now, wish) ? await judgmentsOf(context, device.sriov?.virtualFunctions ?? []) : [];
  const kept = (await readRule(port, pf))?.vfs ?? null;
  const found = wish.count > 0 ? undefined : await autoprobeBefore(port, stateDirectory, formatPciAddress(pf));
  const plan = planVfCount({ device, now, autoprobeBefore: found, kept, going }, wish);
  return { ...plan, device, rule: wish.persist ? await planRule(port, pf, { vfs: keptVfs(kept, wish) }) : undefined };
}

function report({ device, before, wanted, steps, rule }: CountPlan, after: NodeDevice): VfChange {
  const all = [...steps, ...(rule?.steps ?? [])];
  return {
    physicalFunction: formatPciAddress(device.address),
    before: Number(before.count),
    after: Number(wanted.count),
    changed: all.length > 0,
    virtualFunctions: after.sriov?.virtualFunctions.map(formatPciAddress) ?? [],
    steps: all,
    todo: rule?.todo ?? [],
  };
}
