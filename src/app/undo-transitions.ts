/** Undoing changes that were made, of the host and of guests, by a plan of its own: what was done is undone, and nothing that was so before. */
import { executeAll } from '../execute/executor.ts';
import { planUndo } from '../execute/plan-undo.ts';
import type { ExecutionTarget } from '../execute/target.ts';
import { libvirtGuest } from '../guest/libvirt/libvirt-guest.ts';
import type { LibvirtLink } from '../guest/libvirt/link.ts';
import { libvirtNetworks } from '../guest/libvirt/networks.ts';
import { HostdevError } from '../errors.ts';
import type { HostPort } from '../host/port.ts';
import type { Change } from '../plan/change.ts';
import { isHostVerb, type State, type Transition } from '../plan/transition.ts';
import { waysBack } from '../plan/way-back.ts';
import { type ChangeOptions, requireRoot, withGuestExecutor } from './change-options.ts';
import type { AppContext } from './context.ts';
import { viewing } from './host-view.ts';
import { tellingOnce } from './losses.ts';
import { refuseUndo } from './undo-refusals.ts';

export interface UndoTransitionsOptions extends ChangeOptions {
  /** Milliseconds that a guest has to let something go. */
  readonly timeoutMs: number;
}

/** What is undone, or would be. */
export interface UndoneTransitions {
  /** In the order in which they are made. */
  readonly changes: readonly Change[];
  /** Commands that are left to the administrator. */
  readonly todo: readonly string[];
}

/** The libvirt whose guests and pools are among the changes; missing where there are none. */
export type UndoLink = LibvirtLink | undefined;

/** Whether nothing leads back from any of these changes: they were resets, say. */
export function hasWayBack(done: readonly Transition[]): boolean {
  return waysBack(done).length > 0;
}

/** Whether changes are of guests or pools, so that libvirt has to be asked. */
export function needsLibvirt(done: readonly Transition[]): boolean {
  return done.some(({ verb }) => !isHostVerb(verb));
}

/**
 * Undoes changes that were made, given in the order in which they were: of one wish or of several. All are undone, or none. What is as it was before
 * already, or has gone, is left; what would be taken from the host or from a guest by it is refused as the commands refuse it.
 *
 * @throws {HostdevError} `undo-overtaken` where somebody has changed since what is to be undone; `not-root`, `busy`, and whatever is refused.
 */
export async function undoTransitions(
  context: AppContext,
  link: UndoLink,
  done: readonly Transition[],
  options: UndoTransitionsOptions,
): Promise<UndoneTransitions> {
  const told = tellingOnce(options);
  const ways = waysBack(done);
  const plan = async (): Promise<UndoneTransitions> => {
    const view = viewing(context);
    const planned = await planUndo(targetOf(view.port, link), ways);
    await refuseUndo(view, link, planned.changes, told);
    return planned;
  };
  const first = await plan();
  options.onPlan?.(first.changes);
  if (options.dryRun || first.changes.length === 0) return first;
  const isOfHost = first.changes.some(({ verb }) => isHostVerb(verb));
  if (isOfHost) requireRoot(context, 'undo');
  const { timeoutMs, signal, onProgress, onStep, stateDirectory, by } = options;
  const session = {
    target: targetOf(context.port, link),
    options: { timeoutMs, signal, onProgress, onStep },
    directory: stateDirectory,
    by,
    isLocal: isOfHost || link?.isLocal !== false,
    wait: options,
  };
  return withGuestExecutor(context, session, async (executor) => {
    const now = await plan();
    options.onPlan?.(now.changes);
    await executeAll(executor, now.changes);
    return now;
  });
}

function targetOf(port: HostPort, link: UndoLink): ExecutionTarget {
  const open = (): LibvirtLink => {
    if (link === undefined) throw new HostdevError('libvirt-unreachable', 'nobody was asked for guests');
    return link;
  };
  return {
    port,
    guestOf: async ({ guest, name }: State) => libvirtGuest(open(), { name: name ?? guest ?? '', uuid: guest ?? '', id: -1 }),
    networksOf: async () => libvirtNetworks(await open().get()),
  };
}
