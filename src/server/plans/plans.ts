/** Plans that were made: kept for whoever agrees to one, and planned anew before anything of it is done. */
import { randomBytes } from 'node:crypto';
import { listAfter } from '../../app/list-after.ts';
import { HostdevError, httpStatus, type Problem } from '../../errors.ts';
import { envelope, jsonProblem } from '../../json/contract/envelope.ts';
import { listed } from '../../json/items/functions.ts';
import type { Change } from '../../plan/change.ts';
import type { Later } from '../../plan/wish-plan.ts';
import type { Answer, Plan } from '../api/plan.ts';
import type { WholeState } from '../api/state.ts';
import { type Wish, WISHES } from '../api/wishes.ts';
import type { ServedHost } from '../host.ts';
import { commandLine, commandOf } from './command-line.ts';
import { hashOfPlan, shownChange } from './plan-changes.ts';
import { chosen, type DoneBy, runWish } from './run-wish.ts';

/** The oldest make room: for so many, and for so many letters of JSON. A plan has the text of its wish file, and may have definitions of as much. */
const MOST = 200;
const MOST_LETTERS = 32 * 1024 * 1024;

/** Each looks at the whole host, and asks libvirt over a connection of its own. */
const MOST_AT_ONCE = 8;

export interface KeptPlan {
  readonly plan: Plan;
  /** The wish with all that was chosen for it. */
  readonly wish: Wish;
  readonly changes: readonly Change[];
}

export interface Plans {
  /** @throws {HostdevError} `server-full`, and whatever the use case refuses. */
  readonly make: (wish: Wish) => Promise<Plan>;
  /** @throws {HostdevError} `plan-unknown`. */
  readonly require: (id: string) => KeptPlan;
}

/** What of the server's other parts goes into plans. */
interface Known {
  readonly functionsNow: () => Promise<WholeState['functions']>;
  readonly doneBy: DoneBy;
}

export function plans(host: ServedHost, known: Known): Plans {
  const all = new Map<string, { readonly kept: KeptPlan; readonly letters: number }>();
  let letters = 0;
  let making = 0;
  const makeRoom = (size: number): void => {
    for (const [id, oldest] of all) {
      if (all.size < MOST && letters + size <= MOST_LETTERS) return;
      all.delete(id);
      letters -= oldest.letters;
    }
  };
  return {
    make: async (asked) => {
      if (making >= MOST_AT_ONCE)
        throw new HostdevError('server-full', `${MOST_AT_ONCE} plans are being made, and no more are at once`, { hint: 'try again in a moment' });
      making += 1;
      const kept = await planOrSayForcible((wish) => makePlan(host, wish, known), asked).finally(() => {
        making -= 1;
      });
      const size = JSON.stringify(kept.plan).length;
      makeRoom(size);
      all.set(kept.plan.id, { kept, letters: size });
      letters += size;
      return kept.plan;
    },
    require: (id) => {
      const found = all.get(id);
      if (found !== undefined) return found.kept;
      throw new HostdevError('plan-unknown', `there is no plan ${JSON.stringify(id)}`, { subject: id, hint: 'plan again: plans end with the server' });
    },
  };
}

/** A refusal says whether force would help: that is so where the same wish is planned with it. */
async function planOrSayForcible(plan: (wish: Wish) => Promise<KeptPlan>, wish: Wish): Promise<KeptPlan> {
  try {
    return await plan(wish);
  } catch (error) {
    if (!(error instanceof HostdevError) || !(await isPlannedByForce(plan, wish, error))) throw error;
    throw new HostdevError(error.code, error.message, { ...error, cause: error, details: { ...error.details, forcible: true } });
  }
}

async function isPlannedByForce(plan: (wish: Wish) => Promise<KeptPlan>, wish: Wish, { code }: HostdevError): Promise<boolean> {
  const takesForce = 'force' in (WISHES[wish.verb].schema['properties'] as object) && !('force' in wish && wish.force === true);
  // What is not there, or said wrongly, force does not bring.
  if (!takesForce || (httpStatus(code) !== 422 && httpStatus(code) !== 409)) return false;
  try {
    await plan({ ...wish, force: true } as Wish);
    return true;
  } catch (error) {
    if (error instanceof HostdevError) return false;
    throw error;
  }
}

async function makePlan(host: ServedHost, asked: Wish, { functionsNow, doneBy }: Known): Promise<KeptPlan> {
  const wish = chosen(asked, doneBy);
  let changes: readonly Change[] = [];
  let later: readonly Later[] = [];
  const losses: Problem[] = [];
  const outcome = await runWish(host, wish, {
    dryRun: true,
    onLoss: (loss) => void losses.push(loss),
    onProgress: () => undefined,
    onPlan: (planned, plannedLater = []) => {
      changes = planned;
      later = plannedLater;
    },
  });
  const { items, todo = [], notes = [], definition = null } = outcome;
  const changed = changes.length + later.length > 0 || (wish.verb === 'recover' && notes.length > 0);
  const said = { items, todo, changed, problems: [...losses, ...notes] };
  const plan: Plan = {
    id: randomBytes(12).toString('base64url'),
    made: new Date().toISOString(),
    hash: hashOfPlan(wish, changes, later),
    wish: asked,
    command: commandLine(asked),
    changed,
    changes: changes.map(shownChange),
    notes: [...notes, ...(changed && !(await host.context()).isRoot ? [NOT_RECORDED] : [])].map(jsonProblem),
    losses: losses.map(jsonProblem),
    functions: (await listAfter(await host.context(), changes)).map(({ before, after, whicheverDriver }) => ({
      ...{ before: listed(before), after: after === null ? null : listed(after), whicheverDriver },
    })),
    companions: companionsOf(await functionsNow(), asked, changes.map(shownChange)),
    definition,
    answer: envelope(said, { command: commandOf(wish), exitStatus: 0, dryRun: true }) as Answer,
  };
  return { plan, wish, changes };
}

/** The journal and its lock are root's. */
const NOT_RECORDED: Problem = {
  code: 'not-root',
  severity: 'warning',
  message: 'without root nothing of this stands in the journal: what is interrupted is not recovered, and nothing but this server keeps two changes apart',
  hint: 'start hostdev ui with sudo',
};

/** What else is in the groups of the functions of a plan. */
function companionsOf(functions: WholeState['functions'], wish: Wish, changes: Plan['changes']): Plan['companions'] {
  const named = new Set([
    ...changes.flatMap((change) => change.functions),
    ...('functions' in wish ? wish.functions : []),
    ...('next' in wish ? [wish.next] : []),
  ]);
  const mates = functions.filter(({ hostAddress }) => named.has(hostAddress)).flatMap(({ companions }) => companions);
  const others = new Map(mates.filter(({ hostAddress }) => !named.has(hostAddress)).map((mate) => [mate.hostAddress, mate]));
  return [...others.values()].map(({ hostAddress, className, mustGo, uses }) => ({ hostAddress, className, mustGo, uses }));
}

/** What would be done now, and lost by it. */
interface PlannedNow {
  readonly changes: readonly Change[];
  readonly later: readonly Later[];
  readonly losses: readonly Problem[];
}

/**
 * Refuses to carry out what is not what was agreed to.
 *
 * @throws {HostdevError} `plan-stale`, with the difference.
 */
export function requireSamePlan({ plan, wish, changes }: KeptPlan, { changes: now, later, losses }: PlannedNow): void {
  if (hashOfPlan(wish, now, later) !== plan.hash)
    throw stale('the host or a guest has changed since the plan was made; nothing was done', { before: changes, now });
  // By the same steps more may be lost than somebody has agreed to.
  const others = losses.filter(({ message }) => !plan.losses.some((shown) => shown.message === message));
  if (others.length > 0) throw stale('more would be lost than the plan showed; nothing was done', { before: changes, now }, { others });
}

interface Difference {
  readonly before: readonly Change[];
  readonly now: readonly Change[];
}

/** That a plan is not so any more: because of what would be done now, or of what keeps it from being done at all. */
export function stale(
  message: string,
  { before, now }: Difference,
  { others, evidence }: { readonly others?: readonly Problem[]; readonly evidence?: unknown } = {},
): HostdevError {
  return new HostdevError('plan-stale', message, {
    hint: 'plan again, and look at the new plan',
    details: { difference: { before: before.map(shownChange), now: now.map(shownChange) }, evidence },
    others,
  });
}
