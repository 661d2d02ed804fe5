/** One part of a wish: planned by the planner that its command has, on the host and the guests as the parts before it leave them. */
import { HostdevError, type Problem, type SourceLocation } from '../../errors.ts';
import type { GuestPort } from '../../guest/port.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { Change } from '../../plan/change.ts';
import type { GuestChangeOptions } from '../guests/run-change.ts';
import type { AppContext } from '../context.ts';
import { hintOfWish } from '../../wish/hint-words.ts';
import type { Pending } from './pending.ts';

/** What can only be planned when something else is done. */
export interface Later {
  readonly what: string;
  readonly why: string;
}

export interface ItemPlan {
  /** Those without steps are so already. */
  readonly changes: readonly Change[];
  readonly later?: readonly Later[];
  /** Commands that are left to the administrator. */
  readonly todo?: readonly string[];
  /** What there is to know before one agrees. */
  readonly notes?: readonly Problem[];
}

/** What a part is planned with. */
export interface Looking {
  readonly view: AppContext;
  readonly pending: Pending;
  readonly options: GuestChangeOptions;
  /** The connection to libvirt, made when it is needed; missing where a copy of a host is looked at. */
  readonly link: (() => Promise<LibvirtLink>) | undefined;
  /** Guests by their id, for whoever carries the plan out. */
  readonly guests: Map<string, GuestPort>;
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
