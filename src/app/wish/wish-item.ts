/** One part of a wish: planned by the planner that its command has, on the host and the guests as the parts before it leave them. */
import { HostdevError, type Problem, type SourceLocation } from '../../errors.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { Change } from '../../plan/change.ts';
import type { Verb } from '../../plan/transition.ts';
import type { Scope } from '../../plan/guest-scope.ts';
import type { Later } from '../../plan/wish-plan.ts';
import type { WishedHostdev, WishedInterface, WishedPool } from '../../wish/wish.ts';
import type { TakingOptions } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import type { AutoprobeBefore } from '../vf-count-plan.ts';
import { hintOfWish } from '../../wish/hint-words.ts';
import type { Pending } from './pending.ts';

export interface ItemPlan {
  /** Those without steps are so already. */
  readonly changes: readonly Change[];
  readonly later?: readonly Later[];
  /** What may come when it is its turn, of what is for later. */
  readonly comes?: readonly Verb[] | undefined;
  /** Commands that are left to the administrator. */
  readonly todo?: readonly string[];
  /** What there is to know before one agrees. */
  readonly notes?: readonly Problem[];
}

/** What a part is planned with. */
export interface Looking {
  readonly view: AppContext;
  readonly pending: Pending;
  readonly options: PlanningOptions;
  readonly autoprobeBefore: AutoprobeBefore;
  /** Plans what libvirt has a part in; missing where a copy of a host is looked at. */
  readonly libvirt: LibvirtParts | undefined;
}

interface PlanningOptions extends TakingOptions {
  readonly dryRun: boolean;
}

/** What one part of a guest is to have. */
export interface GuestWish {
  readonly guest: string;
  readonly scope: Scope;
  readonly hostdevs: readonly WishedHostdev[];
}

/** The interfaces of pools that one part of a guest is to have. */
export interface InterfacesWish {
  readonly guest: string;
  readonly scope: Scope;
  readonly interfaces: readonly WishedInterface[];
}

/** The parts of a wish that libvirt is asked about. */
export interface LibvirtParts {
  readonly pool: (looking: Looking, pool: WishedPool) => Promise<ItemPlan>;
  /** A function that the guest has otherwise goes first: elements are not changed while they are there. */
  readonly takingOtherwise: (looking: Looking, wish: GuestWish) => Promise<ItemPlan>;
  readonly giving: (looking: Looking, wish: GuestWish) => Promise<ItemPlan>;
  /** Interfaces that the guest has otherwise go first, too. */
  readonly poolInterfacesOtherwise: (looking: Looking, wish: InterfacesWish) => Promise<ItemPlan>;
  readonly poolInterfaces: (looking: Looking, wish: InterfacesWish) => Promise<ItemPlan>;
  /** Of the guest that is named so; undefined where that cannot be said. */
  readonly uuidIfKnown: (guest: string) => Promise<string | undefined>;
}

export interface WishItem {
  /** Where it is wished for; of what is only not wished for any more, nowhere. */
  readonly at?: SourceLocation | undefined;
  readonly plan: (looking: Looking) => Promise<ItemPlan>;
}

/** Acts, and says of a refusal where in the wish its reason stands. */
export async function located<T>(at: SourceLocation | undefined, act: () => Promise<T>): Promise<T> {
  return locatedBy(() => at, act);
}

/** A function of the host, and where it is wished for. */
interface PlacedFunction {
  readonly at: SourceLocation;
  readonly address: PciAddress;
}

/** The same for what is planned together: each refusal has the place of the function that it is of. */
export async function locatedAmong<T>(all: readonly PlacedFunction[], act: () => Promise<T>): Promise<T> {
  return locatedBy((subject) => (all.find(({ address }) => formatPciAddress(address) === subject) ?? all[0])?.at, act);
}

async function locatedBy<T>(placeOf: (subject: string | undefined) => SourceLocation | undefined, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const location = error instanceof HostdevError ? placeOf(error.subject) : undefined;
    if (!(error instanceof HostdevError) || error.location !== undefined || location === undefined) throw error;
    const others = error.others.map((each): Problem => ({ location: placeOf(each.subject) ?? location, ...each, ...hintIn(each) }));
    throw new HostdevError(error.code, error.message, { ...error, ...hintIn(error), location, others, cause: error });
  }
}

function hintIn({ hint }: { readonly hint?: string | undefined }): { readonly hint?: string } {
  return hint === undefined ? {} : { hint: hintOfWish(hint) };
}
