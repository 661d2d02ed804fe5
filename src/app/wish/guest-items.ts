/** Libvirt's parts of a wish: pools, and what guests have. */
import type { Scope } from '../../plan/guest-scope.ts';
import type { WishedGuest, WishedHostdev, WishedPool } from '../../wish/wish.ts';
import type { WishItem } from './wish-item.ts';

/** A copy of a host has no libvirt that could be asked. */
const NO_LIBVIRT = 'the libvirt of that host is asked';

export function poolItems(pools: readonly WishedPool[]): WishItem[] {
  return pools.map((pool) => ({
    at: pool.at,
    plan: async (looking) => looking.libvirt?.pool(looking, pool) ?? { changes: [], later: [{ what: `the pool ${pool.network}`, why: NO_LIBVIRT }] },
  }));
}

/** Of each guest those functions together that go into the same part of it. */
export function guestItems(guests: readonly WishedGuest[]): WishItem[] {
  return guests.flatMap(({ at, guest, hostdevs }) =>
    [...byScope(hostdevs)].flatMap(([scope, members]): WishItem[] => {
      const wish = { guest, scope, hostdevs: members };
      const later = members.map((each) => ({ what: `${guest} has ${each.function.written}`, why: NO_LIBVIRT }));
      return [
        { at, plan: async (looking) => looking.libvirt?.takingOtherwise(looking, wish) ?? { changes: [] } },
        { at, plan: async (looking) => looking.libvirt?.giving(looking, wish) ?? { changes: [], later } },
      ];
    }),
  );
}

function byScope(hostdevs: readonly WishedHostdev[]): Map<Scope, WishedHostdev[]> {
  const scopes = new Map<Scope, WishedHostdev[]>();
  for (const hostdev of hostdevs) scopes.set(hostdev.scope ?? 'persistent', [...(scopes.get(hostdev.scope ?? 'persistent') ?? []), hostdev]);
  return scopes;
}
