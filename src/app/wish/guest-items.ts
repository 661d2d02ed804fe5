/** Libvirt's parts of a wish: pools, and what guests have. */
import type { Scope } from '../../plan/guest-scope.ts';
import type { WishedGuest, WishedPool } from '../../wish/wish.ts';
import { interfaceWords } from './interface-words.ts';
import type { WishItem } from './wish-item.ts';

/** A copy of a host has no libvirt that could be asked. */
const NO_LIBVIRT = 'the libvirt of that host is asked';

export function poolItems(pools: readonly WishedPool[]): WishItem[] {
  return pools.map((pool) => ({
    at: pool.at,
    plan: async (looking) => looking.libvirt?.pool(looking, pool) ?? { changes: [], later: [{ what: `the pool ${pool.network}`, why: NO_LIBVIRT }] },
  }));
}

/** Of each guest those functions together that go into the same part of it, then its interfaces of pools. */
export function guestItems(guests: readonly WishedGuest[]): WishItem[] {
  return guests.flatMap(({ at, guest, hostdevs, interfaces }) => [
    ...[...byScope(hostdevs)].flatMap(([scope, members]): WishItem[] => {
      const wish = { guest, scope, hostdevs: members };
      const later = members.map((each) => ({ what: `${guest} has ${each.function.written}`, why: NO_LIBVIRT }));
      return [
        { at, plan: async (looking) => looking.libvirt?.takingOtherwise(looking, wish) ?? { changes: [] } },
        { at, plan: async (looking) => looking.libvirt?.giving(looking, wish) ?? { changes: [], later } },
      ];
    }),
    ...[...byScope(interfaces)].flatMap(([scope, members]): WishItem[] => {
      const wish = { guest, scope, interfaces: members };
      const later = members.map((each) => ({ what: interfaceWords(guest, each), why: NO_LIBVIRT }));
      return [
        { at, plan: async (looking) => looking.libvirt?.poolInterfacesOtherwise(looking, wish) ?? { changes: [] } },
        { at, plan: async (looking) => looking.libvirt?.poolInterfaces(looking, wish) ?? { changes: [], later } },
      ];
    }),
  ]);
}

function byScope<T extends { readonly scope?: Scope | undefined }>(all: readonly T[]): Map<Scope, T[]> {
  const scopes = new Map<Scope, T[]>();
  for (const each of all) scopes.set(each.scope ?? 'persistent', [...(scopes.get(each.scope ?? 'persistent') ?? []), each]);
  return scopes;
}
