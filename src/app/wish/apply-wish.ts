/** `hostdev apply` and `hostdev diff`: a host and its guests as they are wished for, all of it or nothing. */
import { HostdevError, type Problem } from '../../errors.ts';
import { autoprobeBefore } from '../../execute/journal/of-machine.ts';
import { executeInTurn, type PlanInTurn } from '../../execute/executor.ts';
import { withDrivers } from '../../execute/load-drivers.ts';
import { withWholeExecutor } from '../../execute/session.ts';
import type { ExecutionTarget } from '../../execute/target.ts';
import { libvirtNetworks } from '../../guest/libvirt/networks.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuestOf } from '../../guest/open-guest.ts';
import type { Done } from '../../plan/change.ts';
import { differsFromWish, type WishPlan } from '../../plan/wish-plan.ts';
import type { DesiredState } from '../../wish/wish.ts';
import { type Agree, requireAgreement } from '../agreement.ts';
import { requireRoot } from '../change-options.ts';
import type { AppContext } from '../context.ts';
import type { GuestChangeOptions } from '../guests/run-change.ts';
import { lookAgain, viewing } from '../host-view.ts';
import { naming } from '../mapped-functions.ts';
import { tellingOnce } from '../losses.ts';
import { waiting } from '../wait.ts';
import { refuseNewLoss, requireAgreed } from './agreed.ts';
import { contradictionItem } from './contradictions.ts';
import { mappedChoice } from './mapped-choice.ts';
import { libvirtParts } from './libvirt-parts.ts';
import { NOTHING_PENDING } from './pending.ts';
import { planItem, planWish, toDo, wishItems } from './plan-wish.ts';
import { pruneItems } from './prune-items.ts';
import type { ItemPlan, Looking, WishItem } from './wish-item.ts';
import type { WithLibvirt } from './with-libvirt.ts';

export interface ApplyOptions extends Omit<GuestChangeOptions, 'agree' | 'onPartly' | 'scope'> {
  /** Whether what hostdev has made and the wish does not name goes. */
  readonly prune: boolean;
  /** Asks whether the plan is to be carried out; nobody is asked when missing. */
  readonly agree?: Agree<WishPlan> | undefined;
  /** The connection to libvirt, made when it is needed; missing where a copy of a host is looked at. */
  readonly link: (() => Promise<LibvirtLink>) | undefined;
  /** What pools that come are to have for their uuid, by their names; it is chosen when missing. */
  readonly poolUuids?: Readonly<Record<string, string>> | undefined;
}

export interface ApplyReport extends WishPlan {
  /** Whether host and guests are other than they are wished to be; of what was applied, whether they were. */
  readonly differs: boolean;
}

/**
 * Plans a wish, shows it, asks, and makes it so: under one lock, as one whole of the journal. A dry run ends when it has shown.
 *
 * @throws {HostdevError} whatever is refused, and whatever fails: then all is as before, or the error says what is not.
 */
export async function applyWish(context: AppContext, wish: DesiredState, options: ApplyOptions): Promise<ApplyReport> {
  return waiting(options, async () => {
    if (!options.dryRun) requireRoot(context, 'apply');
    let isAgreed = false;
    const onLoss = (loss: Problem): void => (isAgreed ? refuseNewLoss(loss) : options.onLoss?.(loss));
    const told = { ...tellingOnce({ ...options, onLoss, agree: undefined }), scope: 'persistent' as const };
    const { link } = options;
    const mapped = mappedChoice(wish, options.signal);
    const libvirt: WithLibvirt | undefined = link === undefined ? undefined : { link, options: told, guests: new Map(), mapped };
    const looking: Omit<Looking, 'view' | 'pending'> = {
      options: told,
      autoprobeBefore: (pf) => autoprobeBefore(context.port, options.stateDirectory, pf),
      libvirt: libvirt === undefined ? undefined : libvirtParts(libvirt, options.poolUuids),
    };
    const coming = wishItems(wish);
    const contradictions = contradictionItem(wish);
    // What there is to prune is asked anew under the lock.
    const all = async (): Promise<WishItem[]> =>
      options.prune
        ? [contradictions, ...(await pruneItems({ ...looking, view: viewing(context), pending: NOTHING_PENDING }, wish, { options: told, libvirt })), ...coming]
        : [contradictions, ...coming];
    const { plan: first } = await planWish(context, await all(), looking);
    options.onPlan?.(first.changes, first.later);
    const differs = differsFromWish(first);
    if (options.dryRun || !differs) return { ...first, differs };
    await requireAgreement(first, options.agree, { verb: 'apply' });
    const turns: ItemPlan[] = [];
    const done = await withWholeExecutor(sessionOf(naming(context, mapped.mappings), options, libvirt), async (executor) => {
      const onTurn = (plan: ItemPlan): void => {
        turns.push(plan);
        options.onTurn?.(plan.changes);
      };
      const items = await all();
      const { plan: now, parts } = await planWish(context, items, looking);
      options.onPlan?.(now.changes, now.later);
      requireSame(first, now);
      isAgreed = true;
      return executeInTurn(
        executor,
        items.map((item, i) => inTurn(context, item, { ...looking, onTurn, shown: parts[i] ?? { changes: [] } })),
      );
    });
    return reportOf(first, done, turns);
  });
}

/** Somebody may have been at the host or at a guest since the plan was shown. */
function requireSame(shown: WishPlan, now: WishPlan): void {
  const seen = ({ changes, later }: WishPlan): string =>
    JSON.stringify([changes.map(({ verb, subject, before, wanted }) => [verb, subject, before, wanted]), later]);
  if (seen(shown) === seen(now)) return;
  throw new HostdevError('plan-stale', 'the host or a guest has changed since the plan was shown; nothing was done', {
    hint: 'run the command again to see the new plan',
  });
}

interface Turning extends Omit<Looking, 'view' | 'pending'> {
  /** Is given each plan that is carried out. */
  readonly onTurn: (plan: ItemPlan) => void;
  /** What was shown of the part. */
  readonly shown: ItemPlan;
}

/** A part is planned anew when it is its turn: what it stands on is there by then. */
function inTurn(context: AppContext, item: WishItem, { onTurn, shown, ...looking }: Turning): PlanInTurn {
  return async () => {
    const again = async (loaded?: ReadonlySet<string>): Promise<ItemPlan> => {
      const plan = await planItem(item, { ...looking, view: lookAgain({ ...context, loaded }), pending: NOTHING_PENDING });
      return { ...plan, changes: toDo(plan.changes) };
    };
    const plan = await withDrivers(context.port, await again(), again);
    requireAgreed(shown, plan);
    onTurn(plan);
    return plan.changes;
  };
}

function sessionOf({ port, claims }: AppContext, options: ApplyOptions, libvirt: WithLibvirt | undefined) {
  const { timeoutMs, leastWaitMs, signal, onProgress, onStep, stateDirectory, by } = options;
  const target: ExecutionTarget = {
    port,
    guestOf: async (record) => libvirt?.guests.get(record['guest'] ?? '') ?? openGuestOf(record),
    networksOf: libvirt === undefined ? undefined : async () => libvirtNetworks(await (await libvirt.link()).get()),
  };
  return { target, options: { timeoutMs, leastWaitMs, signal, onProgress, onStep }, directory: stateDirectory, by, claims };
}

/** What was done is known by its changes; nothing of it is for later any more, and what was is told with all that there is to say of it. */
function reportOf(plan: WishPlan, done: readonly Done[], turns: readonly ItemPlan[]): ApplyReport {
  return {
    changes: done.map(({ change }) => change),
    later: [],
    todo: [...new Set([...plan.todo, ...turns.flatMap(({ todo = [] }) => todo)])],
    // Most was told before anybody agreed.
    notes: [...plan.notes, ...turns.flatMap(({ notes = [] }) => notes).filter((note) => !plan.notes.some((told) => sameNote(told, note)))],
    differs: true,
  };
}

function sameNote(one: Problem, other: Problem): boolean {
  return one.code === other.code && one.subject === other.subject && one.message === other.message;
}
