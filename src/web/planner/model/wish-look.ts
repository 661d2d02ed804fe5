/** Everything that is said of a wish on a host: by the functions that the command calls, and no others. */
import type { AppContext } from '../../../app/context.ts';
import { tellingOnce } from '../../../app/losses.ts';
import { contradictionItem } from '../../../app/wish/contradictions.ts';
import { planWish, wishItems } from '../../../app/wish/plan-wish.ts';
import { HostdevError, type Problem } from '../../../errors.ts';
import type { WishPlan } from '../../../plan/wish-plan.ts';
import { readWishTexts } from '../../../wish-files/read-texts.ts';
import type { DesiredState } from '../../../wish/wish.ts';
import type { NamedText } from './definition.ts';
import type { PlannerHost } from './planner-host.ts';

/** A plan, or what is refused instead, and what is told besides. */
export interface PlannedWish {
  readonly told: readonly Problem[];
  /** undefined where it is refused. */
  readonly plan: WishPlan | undefined;
}

export interface WishLook {
  readonly wish: NamedText;
  /** What is wrong with it, or refused on the host. */
  readonly problems: readonly Problem[];
  /** As it would be applied; undefined where no snapshot is given that it could be planned on. */
  readonly applied: PlannedWish | undefined;
  /** How host and wish differ, whatever is lost by it. */
  readonly differing: PlannedWish | undefined;
}

export async function lookAtWish(wish: NamedText, { context }: Pick<PlannerHost, 'context'>): Promise<WishLook> {
  const read = refusing(() => readWishTexts([wish]));
  if (!('slots' in read)) {
    const refused = { told: read, plan: undefined };
    return { wish, problems: read, applied: refused, differing: refused };
  }
  if (context === undefined) return { wish, problems: [], applied: undefined, differing: undefined };
  const [applied, differing] = [await planned(context, read, false), await planned(context, read, true)];
  return { wish, problems: applied.told, applied, differing };
}

/** As `hostdev apply --dry-run` and `hostdev diff` plan it on a copy of a host: its libvirt cannot be asked, and it has no journal. */
async function planned(context: AppContext, wish: DesiredState, force: boolean): Promise<PlannedWish> {
  const losses: Problem[] = [];
  const options = tellingOnce({ dryRun: true, force, settleMs: 0, onLoss: (loss: Problem) => void losses.push(loss) });
  try {
    const { plan } = await planWish(context, [contradictionItem(wish), ...wishItems(wish)], {
      options,
      libvirt: undefined,
      autoprobeBefore: async () => undefined,
    });
    return { told: [...losses, ...plan.notes], plan };
  } catch (error) {
    return { told: [...losses, ...problemsIn(error)], plan: undefined };
  }
}

function refusing(act: () => DesiredState): DesiredState | readonly Problem[] {
  try {
    return act();
  } catch (error) {
    return problemsIn(error);
  }
}

function problemsIn(error: unknown): readonly Problem[] {
  if (!(error instanceof HostdevError)) throw error;
  return [error.toProblem(), ...error.others];
}
