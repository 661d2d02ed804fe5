/** Carrying out what is planned for a pool: the same for one that comes and one that goes. */
import { executeAll } from '../../execute/executor.ts';
import type { Executor } from '../../execute/target.ts';
import { hostOnly } from '../../execute/target.ts';
import { libvirtNetworks } from '../../guest/libvirt/networks.ts';
import type { Libvirt } from '../../libvirt/index.ts';
import type { Change } from '../../plan/change.ts';
import type { TakingOptions } from '../assignable.ts';
import { withGuestExecutor } from '../change-options.ts';
import type { AppContext } from '../context.ts';
import { viewing } from '../host-view.ts';
import type { ObservedOptions } from '../observed.ts';

export interface PoolChangeOptions extends TakingOptions, ObservedOptions {
  readonly dryRun: boolean;
  readonly stateDirectory?: string | undefined;
}

/**
 * Plans, and plans again under the lock; gives the change as it was made, or would be. A plan is undefined, or without steps, where everything is as it
 * shall be.
 */
export async function changePool<P extends Change | undefined>(
  context: AppContext,
  libvirt: Libvirt,
  plan: (view: AppContext) => Promise<P>,
  options: PoolChangeOptions,
): Promise<P> {
  const again = (): Promise<P> => plan(viewing(context));
  const first = await again();
  options.onPlan?.(isToDo(first) ? [first] : []);
  if (options.dryRun || !isToDo(first)) return first;
  const target = { ...hostOnly(context.port), networksOf: async () => libvirtNetworks(libvirt) };
  const session = {
    target,
    options: { timeoutMs: 0, signal: options.signal, onStep: options.onStep },
    directory: options.stateDirectory,
    by: options.by,
    isLocal: libvirt.isLocal,
  };
  const act = async (executor: Executor): Promise<P> => {
    // Somebody may have been there in between.
    const change = await again();
    options.onPlan?.(isToDo(change) ? [change] : []);
    if (isToDo(change)) await executeAll(executor, [change]);
    return change;
  };
  return withGuestExecutor(context, session, act);
}

function isToDo(change: Change | undefined): change is Change {
  return change !== undefined && change.steps.length > 0;
}
