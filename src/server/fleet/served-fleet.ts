/** What the page asks of the fleet that its host is of. Nothing is changed, and nothing decided: each is what a command prints. */
import { HostdevError } from '../../errors.ts';
import { type ClaimFilter, parseClaimStates } from '../../fleet/claims.ts';
import { parseFleetFilter, parseHostNames } from '../../fleet/fleet-filter.ts';
import { ensureFleetName } from '../../fleet/model/keys.ts';
import { type FleetPage, pageOfClaims, pageOfFunctions, pageOfHosts } from '../../fleet/pages.ts';
import { homeOf, placeInStore, placeOnOne } from '../../fleet/place-in-store.ts';
import type { PlacementWish } from '../../fleet/placement/place.ts';
import { formatStoreAddress } from '../../fleet/store-address.ts';
import type { FleetStore } from '../../fleet/store/store.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { jsonProblem } from '../../json/contract/envelope.ts';
import type { Of } from '../../json/contract/shape.ts';
import { oneLine } from '../../printable.ts';
import type { FLEET_CLAIMS, FLEET_FUNCTIONS, FLEET_HOSTS, PLACED, PLACED_ON, PlaceWish } from '../api/fleet.ts';
import { type ServedHost, withLibvirt } from '../host.ts';
import { atOnce } from '../http/at-once.ts';
import { keptStore } from './kept-store.ts';
import { placements } from './placements.ts';

/** All of a fleet is read for a placement: one at a time, and that many wait. */
const PLACEMENTS_WAITING = 8;
const MOST_NAME = 200;

export interface ServedFleet {
  readonly hosts: (query: URLSearchParams) => Promise<Of<typeof FLEET_HOSTS>>;
  readonly functions: (query: URLSearchParams) => Promise<Of<typeof FLEET_FUNCTIONS>>;
  readonly claims: (query: URLSearchParams) => Promise<Of<typeof FLEET_CLAIMS>>;
  readonly place: (wish: PlaceWish) => Promise<Of<typeof PLACED>>;
  readonly placed: (id: string, query: URLSearchParams) => Of<typeof PLACED>;
  readonly placedOn: (id: string, host: string) => Promise<Of<typeof PLACED_ON>>;
  readonly close: () => Promise<void>;
}

export function servedFleet(host: ServedHost): ServedFleet {
  const store = keptStore(host.fleet);
  const kept = placements();
  const inTurn = atOnce(1, PLACEMENTS_WAITING);
  const page = async <Item>(read: (store: FleetStore) => Promise<FleetPage<Item>>) =>
    store.use(async (opened, config) => {
      const { problems, ...found } = await read(opened);
      return { ...found, host: config.host, store: formatStoreAddress(config.store), time: new Date().toISOString(), problems: problems.map(jsonProblem) };
    });
  return {
    hosts: async (query) => {
      const names = parseHostNames('host', one(query, 'host'));
      return page((opened) => pageOfHosts(opened, { after: one(query, 'after'), names }));
    },
    functions: async (query) => {
      const names = parseHostNames('host', one(query, 'host'));
      const [word, vendor, device, numa] = ['class', 'vendor', 'device', 'numa'].map((name) => one(query, name));
      const filter = parseFleetFilter({ class: word, vendor, device, numa, free: flagOf(query, 'free') }, (name) => name);
      return page((opened) => pageOfFunctions(opened, filter, { after: one(query, 'after'), names }));
    },
    claims: async (query) => {
      const named = one(query, 'host');
      const filter: ClaimFilter = {
        guest: one(query, 'guest'),
        host: named === undefined ? undefined : ensureFleetName(named),
        states: parseClaimStates(one(query, 'state')),
      };
      return page((opened) => pageOfClaims(opened, filter, one(query, 'after')));
    },
    place: async (wish) =>
      inTurn(async () =>
        store.use(async (opened, { host: here }) => {
          const home = await homeOf(opened, wish.verb === 'place' ? wish.from : undefined, here);
          const asked = { ...(await definitionOf(host, wish)), home };
          return kept.keep(asked, await placeInStore(opened, asked));
        }),
      ),
    placed: (id, query) => kept.part(id, one(query, 'after')),
    placedOn: async (id, name) => {
      const { wish, rank } = kept.wishOf(id, name);
      const placement = await store.use((opened) => placeOnOne(opened, wish, ensureFleetName(name), rank));
      return { time: new Date().toISOString(), text: wish.text, placement };
    },
    close: () => store.close(),
  };
}

/** @throws {HostdevError} `guest-unknown`, and what keeps libvirt from answering. */
async function definitionOf(host: ServedHost, wish: PlaceWish): Promise<Pick<PlacementWish, 'text' | 'file'>> {
  if (wish.verb === 'place') return { text: wish.text, file: oneLine(wish.file ?? 'guest.xml').slice(0, MOST_NAME) };
  return withLibvirt(host, async (link) => {
    const { ref, live, config } = await openGuest(await link.get(), wish.guest);
    return { text: config ?? live ?? '', file: ref.name };
  });
}

/** Undefined where it is missing, or empty. @throws {HostdevError} `request-malformed` where it is there twice. */
function one(query: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = query.getAll(name);
  if (others.length === 0) return value === '' ? undefined : value;
  throw new HostdevError('request-malformed', `${name} is there twice`, { hint: 'several values stand between commas' });
}

function flagOf(query: URLSearchParams, name: string): boolean {
  const value = one(query, name);
  if (value === undefined || value === 'true' || value === 'false') return value === 'true';
  throw new HostdevError('request-malformed', `${name} is true or false, not '${value.slice(0, 40)}'`, { hint: 'leave it out for false' });
}
