/** Parts of what a fleet has, none larger than somebody can look at, and none that makes the store read all of it. */
import { HostdevError, type Problem } from '../errors.ts';
import type { FLEET_CLAIM } from '../json/contract/fleet-claims.ts';
import type { FLEET_FUNCTION, FLEET_HOST } from '../json/contract/fleet-hosts.ts';
import type { Of } from '../json/contract/shape.ts';
import { type ClaimFilter, everyClaim, isWanted } from './claims.ts';
import { everyHost, type HostsFrom } from './fleet-hosts.ts';
import { type FleetFilter, functionItems, hostItem } from './fleet-items.ts';
import { fleetClaim } from './items/claims.ts';
import { ensureFleetName, parseFunctionKey } from './model/keys.ts';
import type { FleetStore } from './store/store.ts';

export interface FleetPage<Item> {
  readonly items: readonly Item[];
  /** After what the next page begins; null at the end. A page may have few items, or none, and others come all the same. */
  readonly next: string | null;
  /** How many hosts, or claims, were looked at for it. */
  readonly looked: number;
  /** Of what could not be read. */
  readonly problems: readonly Problem[];
}

interface PageWish {
  /** `next` of the page before. */
  readonly after?: string | undefined;
  /** Hosts by their names; all of them when missing. */
  readonly names?: readonly string[] | undefined;
}

/** So many items a page has at most. */
const PAGE = 100;
/** So many hosts are looked through for one page of functions: a page of the store's. */
const LOOKED_HOSTS = 500;
const LOOKED_CLAIMS = 5000;

/** @throws {HostdevError} `usage` for an `after` that is of no page. */
export async function pageOfHosts(store: FleetStore, { after, names }: PageWish): Promise<FleetPage<Of<typeof FLEET_HOST>>> {
  const from: HostsFrom | undefined = after === undefined ? undefined : { host: ensureFleetName(after), isDone: true };
  const problems: Problem[] = [];
  const items: Of<typeof FLEET_HOST>[] = [];
  for await (const host of everyHost(store, { names, from }, (problem) => void problems.push(problem))) {
    if (items.length === PAGE) return { items, next: items.at(-1)?.host ?? null, looked: PAGE, problems };
    items.push(hostItem(host));
  }
  return { items, next: null, looked: items.length, problems };
}

/** @throws {HostdevError} `usage` for an `after` that is of no page. */
export async function pageOfFunctions(store: FleetStore, filter: FleetFilter, { after, names }: PageWish): Promise<FleetPage<Of<typeof FLEET_FUNCTION>>> {
  const begun = after === undefined ? undefined : parseFunctionsAfter(after);
  const from: HostsFrom | undefined = begun === undefined ? undefined : { host: begun.host, isDone: begun.key === undefined };
  const problems: Problem[] = [];
  const items: Of<typeof FLEET_FUNCTION>[] = [];
  let looked = 0;
  let last: string | undefined;
  for await (const host of everyHost(store, { names, from }, (problem) => void problems.push(problem))) {
    if (last !== undefined && (items.length === PAGE || looked === LOOKED_HOSTS)) return { items, next: last, looked, problems };
    const { host: name } = host.host.record;
    const found = functionItems(host, filter);
    // What was told last may have gone meanwhile: its host is told anew then.
    const rest = name === begun?.host ? found.slice(found.findIndex(({ key }) => key === begun.key) + 1) : found;
    items.push(...rest.slice(0, PAGE - items.length));
    looked += 1;
    const told = items.at(-1);
    if (items.length === PAGE && told !== undefined && told !== rest.at(-1) && rest.includes(told))
      return { items, next: `${name} ${told.key}`, looked, problems };
    last = name;
  }
  return { items, next: null, looked, problems };
}

/** `kvm1`, or `kvm1 host/kvm1/0000:3b:00.0` in the middle of a host. */
function parseFunctionsAfter(text: string): { readonly host: string; readonly key: string | undefined } {
  const [host = '', key] = text.split(' ', 2);
  // The key is only looked for among those of the host.
  return { host: ensureFleetName(host), key };
}

/** @throws {HostdevError} `usage` for an `after` that is of no page. */
export async function pageOfClaims(store: FleetStore, filter: ClaimFilter, after?: string): Promise<FleetPage<Of<typeof FLEET_CLAIM>>> {
  if (after !== undefined && parseFunctionKey(after) === undefined) throw noPlace(after);
  const problems: Problem[] = [];
  const items: Of<typeof FLEET_CLAIM>[] = [];
  let looked = 0;
  let last: string | undefined;
  for await (const { of, claim } of everyClaim(store, problems, { after })) {
    if (last !== undefined && (items.length === PAGE || looked >= LOOKED_CLAIMS)) return { items, next: last, looked, problems };
    looked += 1;
    // A page begins behind a key that is one.
    if (parseFunctionKey(of) !== undefined) last = of;
    if (claim !== undefined && isWanted(claim.record, filter)) items.push(fleetClaim(claim));
  }
  return { items, next: null, looked, problems };
}

function noPlace(text: string): HostdevError {
  return new HostdevError('usage', `"${text.slice(0, 80)}" is no place in a list of the fleet`, { hint: 'give what the page before said under next' });
}
