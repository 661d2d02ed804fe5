/** Parts of what a fleet has, none larger than somebody can look at, and none that makes the store read all of it. */
import { HostdevError, type Problem } from '../errors.ts';
import type { FLEET_CLAIM } from '../json/contract/fleet-claims.ts';
import type { FLEET_FUNCTION, FLEET_HOST } from '../json/contract/fleet-hosts.ts';
import type { Of } from '../json/contract/shape.ts';
import { type ClaimFilter, everyClaim, isWanted, requireClaimant } from './claims.ts';
import { type HostsFrom, hostsInOrder } from './fleet-hosts.ts';
import { type FleetFilter, functionItems, hostItem } from './fleet-items.ts';
import { fleetClaim } from './items/claims.ts';
import { ensureFleetName, parseFunctionKey } from './model/keys.ts';
import type { FleetStore } from './store/store.ts';

export interface FleetPage<Item> {
  readonly items: readonly Item[];
  /** After what the next page begins; null at the end. A page may have few items, or none, and others come all the same. */
  readonly next: string | null;
  /** How many hosts, or claims, were looked at for it, those that cannot be read among them. */
  readonly looked: number;
  /** How many records could not be read. */
  readonly unread: number;
  /** Why, of the first of those. */
  readonly problems: readonly Problem[];
}

interface PageWish {
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** Hosts by their names; all of them when missing. */
  readonly names?: readonly string[] | undefined;
}

/** What could not be read: all of it is counted, and why is kept of some. */
interface Unread {
  readonly note: (problem: Problem) => void;
  readonly told: () => Pick<FleetPage<unknown>, 'unread' | 'problems'>;
}

/** So many items a page has at most. */
const PAGE = 100;
/** So many hosts are looked through for one page: a page of the store's. */
const LOOKED_HOSTS = 500;
const LOOKED_CLAIMS = 5000;
const MOST_PROBLEMS = 100;

function unreadOf(): Unread {
  const problems: Problem[] = [];
  let unread = 0;
  return {
    note: (problem) => {
      unread += 1;
      if (problems.length < MOST_PROBLEMS) problems.push(problem);
    },
    told: () => ({ unread, problems }),
  };
}

/** @throws {HostdevError} `usage` for an `after` that is of no page; `fleet-host-unknown`. */
export async function pageOfHosts(store: FleetStore, { after, names }: PageWish): Promise<FleetPage<Of<typeof FLEET_HOST>>> {
  const from: HostsFrom | undefined = after === undefined ? undefined : { host: ensureFleetName(after), isDone: true };
  const unread = unreadOf();
  const items: Of<typeof FLEET_HOST>[] = [];
  let looked = 0;
  let last: string | undefined;
  for await (const { name, read } of hostsInOrder(store, { names, from }, unread.note)) {
    if (last !== undefined && (items.length === PAGE || looked === LOOKED_HOSTS)) return { items, next: last, looked, ...unread.told() };
    const found = await read();
    if (found !== undefined) items.push(hostItem(found));
    looked += 1;
    last = name;
  }
  return { items, next: null, looked, ...unread.told() };
}

/** @throws {HostdevError} `usage` for an `after` that is of no page; `fleet-host-unknown`. */
export async function pageOfFunctions(store: FleetStore, filter: FleetFilter, { after, names }: PageWish): Promise<FleetPage<Of<typeof FLEET_FUNCTION>>> {
  const begun = after === undefined ? undefined : parseFunctionsAfter(after);
  const from: HostsFrom | undefined = begun === undefined ? undefined : { host: begun.host, isDone: begun.key === undefined };
  const unread = unreadOf();
  const items: Of<typeof FLEET_FUNCTION>[] = [];
  let looked = 0;
  let last: string | undefined;
  for await (const { name, read } of hostsInOrder(store, { names, from }, unread.note)) {
    if (last !== undefined && (items.length === PAGE || looked === LOOKED_HOSTS)) return { items, next: last, looked, ...unread.told() };
    looked += 1;
    last = name;
    const found = await read();
    if (found === undefined) continue;
    const all = functionItems(found, filter);
    // What was told last may have gone meanwhile: its host is told anew then.
    const rest = name === begun?.host ? all.slice(all.findIndex(({ key }) => key === begun.key) + 1) : all;
    items.push(...rest.slice(0, PAGE - items.length));
    const told = items.at(-1);
    if (items.length === PAGE && told !== undefined && told !== rest.at(-1) && rest.includes(told))
      return { items, next: `${name} ${told.key}`, looked, ...unread.told() };
  }
  return { items, next: null, looked, ...unread.told() };
}

/** `kvm1`, or `kvm1 host/kvm1/0000:3b:00.0` in the middle of a host. */
function parseFunctionsAfter(text: string): { readonly host: string; readonly key: string | undefined } {
  const [host = '', key] = text.split(' ', 2);
  // The key is only looked for among those of the host.
  return { host: ensureFleetName(host), key };
}

/** @throws {HostdevError} `usage` for an `after` that is of no page; `fleet-host-unknown`. */
export async function pageOfClaims(store: FleetStore, filter: ClaimFilter, after?: string): Promise<FleetPage<Of<typeof FLEET_CLAIM>>> {
  if (after !== undefined && parseFunctionKey(after) === undefined) throw noPlace(after);
  // Of a list that goes on it was so when it began.
  if (after === undefined && filter.host !== undefined) await requireClaimant(store, filter.host);
  const problems: Problem[] = [];
  const items: Of<typeof FLEET_CLAIM>[] = [];
  let looked = 0;
  let last: string | undefined;
  let unread = 0;
  const page = (next: string | null): FleetPage<Of<typeof FLEET_CLAIM>> => ({
    ...{ items, next, looked, unread, problems: problems.slice(0, Math.min(unread, MOST_PROBLEMS)) },
  });
  for await (const { of, claim } of everyClaim(store, problems, { after })) {
    if (last !== undefined && (items.length === PAGE || looked >= LOOKED_CLAIMS)) return page(last);
    looked += 1;
    unread = problems.length;
    // A page begins behind a key that is one.
    if (parseFunctionKey(of) !== undefined) last = of;
    if (claim !== undefined && isWanted(claim.record, filter)) items.push(fleetClaim(claim));
  }
  return page(null);
}

function noPlace(text: string): HostdevError {
  return new HostdevError('usage', `"${text.slice(0, 80)}" is no place in a list of the fleet`, { hint: 'give what the page before said under next' });
}
