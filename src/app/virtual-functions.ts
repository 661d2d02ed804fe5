/** `hostdev vf create` and `vf remove`: virtual functions of a physical one. */
import { autoprobeBefore } from '../execute/journal/of-machine.ts';
import { readNodeDevice } from '../host/inventory.ts';
import { readRule } from '../host/persist/rules.ts';
import { requireFunction } from '../host/require-functions.ts';
import { readVfCount } from '../host/vf-count.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { Change } from '../plan/change.ts';
import type { Step } from '../plan/step.ts';
import { changesVfs, keptVfs, planVfCount, type VfCountWish } from '../plan/vf.ts';
import { requireJudgments } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { changeHost, type ChangeOptions, type HostPlan } from './change-options.ts';
import type { AppContext } from './context.ts';
import { viewHost } from './host-view.ts';
import { rulesFor } from './persistent.ts';

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

interface VfRemoveOptions extends ChangeOptions {
  /** Whether host drivers may take functions from now on; what creating found when missing. */
  readonly hostDrivers?: boolean | undefined;
}

/** Takes all virtual functions of a physical one away, and what keeps them across boots. */
export async function removeVfs(context: AppContext, pf: PciAddress, options: VfRemoveOptions): Promise<VfChange> {
  return changeCount(context, pf, { verb: 'vf remove', count: 0, hostDrivers: options.hostDrivers, persist: true }, options);
}

interface CountPlan extends HostPlan {
  readonly change: Change;
  readonly device: NodeDevice;
  readonly todo: readonly string[];
}

async function changeCount(context: AppContext, pf: PciAddress, wish: VfCountWish, options: ChangeOptions): Promise<VfChange> {
  return changeHost(context, wish.verb, options, {
    plan: (view) => planVfs(view, pf, wish, options.stateDirectory),
    report: async ({ change, changes, device, todo }, done) => {
      const after = (done === undefined ? undefined : await readNodeDevice(context.port, pf)) ?? device;
      const steps = changes.flatMap((each) => each.steps);
      return {
        physicalFunction: change.subject,
        ...{ before: Number(change.before['count']), after: Number(change.wanted['count']), changed: steps.length > 0 },
        virtualFunctions: after.sriov?.virtualFunctions.map(formatPciAddress) ?? [],
        ...{ steps, todo },
      };
    },
  });
}

/** Plans how many virtual functions there are, and what keeps them. @throws {HostdevError} as {@link createVfs}. */
export async function planVfs(context: AppContext, pf: PciAddress, wish: VfCountWish, stateDirectory: string | undefined): Promise<CountPlan> {
  const { port } = context;
  const device = await requireFunction(port, pf);
  const now = (await readVfCount(port, formatPciAddress(pf))) ?? { count: '0', autoprobe: null };
  const going = changesVfs(now, wish) ? requireJudgments((await viewHost(context)).judgments, device.sriov?.virtualFunctions ?? []) : [];
  const kept = (await readRule(port, pf))?.vfs ?? null;
  const found = wish.count > 0 ? undefined : await autoprobeBefore(port, stateDirectory, formatPciAddress(pf));
  const change = planVfCount({ device, now, autoprobeBefore: found, kept, going }, wish);
  const rules = wish.persist ? await rulesFor(port, [{ address: pf, vfs: keptVfs(kept, wish) }]) : [];
  return { change, changes: [change, ...rules], device, todo: rules.flatMap(({ todo }) => todo) };
}
