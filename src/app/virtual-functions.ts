/** `hostdev vf create` and `vf remove`: virtual functions of a physical one. */
import { autoprobeBefore } from '../execute/journal/of-machine.ts';
import { readNodeDevice } from '../host/inventory.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { Step } from '../plan/step.ts';
import type { VfCountWish } from '../plan/vf.ts';
import { changeHost, type ChangeOptions } from './change-options.ts';
import type { AppContext } from './context.ts';
import { planVfs } from './vf-count-plan.ts';

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

async function changeCount(context: AppContext, pf: PciAddress, wish: VfCountWish, options: ChangeOptions): Promise<VfChange> {
  return changeHost(context, wish.verb, options, {
    plan: (view) => planVfs(view, pf, wish, (name) => autoprobeBefore(view.port, options.stateDirectory, name)),
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
