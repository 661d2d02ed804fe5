/** One plan over all of a wish: its parts in their order, each planned on what those before it leave. */
import { HostdevError, type Problem } from '../../errors.ts';
import { projectedPort } from '../../host/projected-port.ts';
import type { Change } from '../../plan/change.ts';
import type { WishPlan } from '../../plan/wish-plan.ts';
import type { DesiredState } from '../../wish/wish.ts';
import type { AppContext } from '../context.ts';
import { viewing } from '../host-view.ts';
import { guestItems, poolItems } from './guest-items.ts';
import { functionItems, slotItems, vfItems } from './host-items.ts';
import { NOTHING_PENDING, type Pending, pendingBehind } from './pending.ts';
import { type ItemPlan, located, type Looking, type WishItem } from './wish-item.ts';

/** The parts of a wish, in the order in which they are made: each behind what it stands on. */
export function wishItems(wish: DesiredState): WishItem[] {
  return [...slotItems(wish.slots), ...vfItems(wish.virtualFunctions), ...functionItems(wish.functions), ...poolItems(wish.pools), ...guestItems(wish.guests)];
}

/** The plan of a wish, and what of it each part is. */
interface PlannedWish {
  readonly plan: WishPlan;
  readonly parts: readonly ItemPlan[];
}

/**
 * Plans all parts, without doing any.
 *
 * @throws {HostdevError} everything that is refused, each with its place in the wish.
 */
export async function planWish(context: AppContext, items: readonly WishItem[], looking: Omit<Looking, 'view' | 'pending'>): Promise<PlannedWish> {
  const refused: HostdevError[] = [];
  const plans: (WishPlan & ItemPlan)[] = [];
  let pending = NOTHING_PENDING;
  const base = viewing(context);
  let view = base;
  for (const item of items) {
    try {
      const { changes, later = [], todo = [], notes = [], comes } = await planItem(item, { ...looking, view, pending });
      plans.push({ changes: toDo(changes), later, todo, notes, comes });
      pending = pendingBehind(pending, toDo(changes));
      if (toDo(changes).length > 0) view = projected(base, pending);
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      refused.push(error);
    }
  }
  const [first, ...others] = refused;
  if (first !== undefined)
    throw new HostdevError(first.code, first.message, {
      ...first,
      others: [...first.others, ...others.flatMap((each) => [each.toProblem(), ...each.others])].filter(toldOnce(first)),
    });
  const plan = {
    changes: plans.flatMap(({ changes }) => changes),
    later: plans.flatMap(({ later }) => later),
    todo: [...new Set(plans.flatMap(({ todo }) => todo))],
    notes: plans.flatMap(({ notes }) => notes),
  };
  return { plan, parts: plans };
}

/** One reason may keep several parts from being planned. */
function toldOnce(first: HostdevError): (problem: Problem) => boolean {
  const textOf = ({ code, message, location }: Problem): string => JSON.stringify([code, message, location]);
  const told = new Set([textOf(first.toProblem())]);
  return (problem) => told.size < told.add(textOf(problem)).size;
}

/** Plans one part; a refusal has its place. */
export function planItem(item: WishItem, looking: Looking): ReturnType<WishItem['plan']> {
  return located(item.at, () => item.plan(looking));
}

/** The changes that there is something to do for. */
export function toDo(changes: readonly Change[]): readonly Change[] {
  return changes.filter(({ steps }) => steps.length > 0);
}

function projected(base: AppContext, { projection }: Pending): AppContext {
  return viewing({ ...base, port: projectedPort(base.port, projection) });
}
