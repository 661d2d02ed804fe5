/** Libvirt's parts of a wish: pools, and what guests have. */
import { randomUUID } from 'node:crypto';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { planGuestDetach } from '../../plan/detach-from-guest.ts';
import type { Scope } from '../../plan/guest-scope.ts';
import { otherwiseIn, presentIn } from '../../plan/unchanged.ts';
import { findDevice, type GuestState } from '../../state/guest-state.ts';
import type { Selector, WishedGuest, WishedHostdev, WishedPool } from '../../wish/wish.ts';
import { planAttachTo } from '../guests/attach-to-guest.ts';
import { guestOfLibvirt, type OpenGuest } from '../guests/libvirt-guest.ts';
import type { GuestChangeOptions } from '../guests/run-change.ts';
import { planNewPool } from '../guests/pool-create.ts';
import { withoutTaken } from './pending.ts';
import { type Meant, refuseTwiceMeant } from './meant-twice.ts';
import { resolveSelector } from './resolve-selector.ts';
import { uuidOfGuest } from './wished-guest.ts';
import { type ItemPlan, type Later, locatedAmong, type Looking, type WishItem } from './wish-item.ts';

export function poolItems(pools: readonly WishedPool[]): WishItem[] {
  return pools.map((pool) => {
    // Chosen once: the pool that is made is the one that was shown.
    const uuid = randomUUID();
    return { at: pool.at, plan: (looking) => planPool(looking, pool, uuid) };
  });
}

/** A copy of a host has no libvirt that could be asked. */
const NO_LIBVIRT = 'the libvirt of that host is asked';

async function planPool(looking: Looking, { network, functions, autostart = false }: WishedPool, uuid: string): Promise<ItemPlan> {
  if (looking.link === undefined) return { changes: [], later: [{ what: `the pool ${network}`, why: NO_LIBVIRT }] };
  const { addresses, later } = await resolveAll(looking, functions);
  if (later !== undefined) return { changes: [], later: [{ what: `the pool ${network}`, why: later }] };
  refuseTwiceMeant(addresses.flatMap((address, i) => (functions[i] === undefined ? [] : [{ at: functions[i].at, selector: functions[i], address }])));
  const libvirt = await (await requireLocal(looking)).get(looking.options.signal);
  return { changes: [await planNewPool(looking.view, libvirt, { name: network, uuid, addresses }, { ...looking.options, autostart })] };
}

async function resolveAll(looking: Looking, selectors: readonly Selector[]): Promise<{ readonly addresses: PciAddress[]; readonly later: string | undefined }> {
  const found = await Promise.all(selectors.map((each) => resolveSelector(looking, each)));
  return {
    addresses: found.flatMap((each) => ('address' in each ? [each.address] : [])),
    later: found.flatMap((each) => ('later' in each ? [each.later] : []))[0],
  };
}

/** Of each guest those functions together that go into the same part of it. */
export function guestItems(guests: readonly WishedGuest[]): WishItem[] {
  return guests.flatMap(({ at, guest, hostdevs }) =>
    [...byScope(hostdevs)].flatMap(([scope, members]): WishItem[] => {
      const wish = { guest, scope, hostdevs: members };
      return [
        { at, plan: (looking) => planTakingOtherwise(looking, wish) },
        { at, plan: (looking) => planGiving(looking, wish) },
      ];
    }),
  );
}

function byScope(hostdevs: readonly WishedHostdev[]): Map<Scope, WishedHostdev[]> {
  const scopes = new Map<Scope, WishedHostdev[]>();
  for (const hostdev of hostdevs) scopes.set(hostdev.scope ?? 'persistent', [...(scopes.get(hostdev.scope ?? 'persistent') ?? []), hostdev]);
  return scopes;
}

/** What one part of a guest is to have. */
interface GuestWish {
  readonly guest: string;
  readonly scope: Scope;
  readonly hostdevs: readonly WishedHostdev[];
}

interface SpecifiedGuest {
  readonly open: OpenGuest;
  readonly link: LibvirtLink;
  readonly specs: readonly HostdevSpec[];
  readonly later: readonly Later[];
  /** Where each of the functions stands in the wish. */
  readonly places: readonly Meant[];
  readonly options: GuestChangeOptions;
}

/** A function that the guest has otherwise goes first: elements are not changed while they are there. */
async function planTakingOtherwise(looking: Looking, wish: GuestWish): Promise<ItemPlan> {
  if (looking.link === undefined) return { changes: [] };
  const { open, specs } = await specified(looking, wish);
  const selectors = otherwiseIn(open.state, open.parts, specs).map(({ source }) => ({ source }));
  return { changes: planGuestDetach(open, presentIn(open.state, open.parts, selectors)).changes };
}

async function planGiving(looking: Looking, wish: GuestWish): Promise<ItemPlan> {
  const { guest, hostdevs } = wish;
  if (looking.link === undefined) return { changes: [], later: hostdevs.map((each) => ({ what: `${guest} has ${each.function.written}`, why: NO_LIBVIRT })) };
  const { open, link, specs, later, places, options } = await specified(looking, wish);
  const { changes, shown } = await locatedAmong(places, () => planAttachTo(looking.view, link, { guest: open, specs }, options));
  return { changes, later, notes: shown.notes };
}

async function specified(looking: Looking, { guest, scope, hostdevs }: GuestWish): Promise<SpecifiedGuest> {
  const options = { ...looking.options, scope };
  const link = await requireLocal(looking);
  const found = await guestOfLibvirt(link, await uuidOfGuest(link, guest, looking))(options);
  const open = { ...found, state: withoutTaken(looking.pending, found.state) };
  looking.guests.set(open.guest.id, open.guest);
  const later: Later[] = [];
  const specs: HostdevSpec[] = [];
  const places: Meant[] = [];
  for (const hostdev of hostdevs) {
    const resolved = await resolveSelector(looking, hostdev.function);
    const address = 'later' in resolved ? resolved.of : resolved.address;
    if (address !== undefined && open.parts.live) refuseInTwo(looking, open.state, { selector: hostdev.function, address });
    if ('later' in resolved) later.push({ what: `${guest} has ${hostdev.function.written}`, why: resolved.later });
    else {
      specs.push(specOf(hostdev, resolved.address, open.state));
      places.push({ at: hostdev.at, selector: hostdev.function, address: resolved.address });
    }
  }
  refuseTwiceMeant(places);
  return { open, link, specs, later, places, options };
}

/** One of several guests that have a function in their definitions may run. */
function refuseInTwo({ pending }: Looking, { ref }: GuestState, { selector, address }: { readonly selector: Selector; readonly address: PciAddress }): void {
  const name = formatPciAddress(address);
  const user = pending.running.get(name);
  if (user === undefined || user === ref.name) return;
  throw new HostdevError('wish-conflict', `${name} is given to ${user}, which runs, and to ${ref.name}, which runs as well`, {
    subject: name,
    hint: 'end one of them first, or give it to its definition only, with scope: config',
    location: selector.at,
  });
}

/** Whether libvirt manages a function that the guest has stays as it is where the wish does not say. */
function specOf({ managed, uid, fid }: WishedHostdev, source: PciAddress, { config, live }: GuestState): HostdevSpec {
  const zpci = { ...(uid === undefined ? {} : { uid }), ...(fid === undefined ? {} : { fid }) };
  const kept = managed ?? (findDevice(config, { source }) ?? findDevice(live, { source }))?.managed;
  return { source, ...(kept === undefined ? {} : { managed: kept }), ...(Object.keys(zpci).length === 0 ? {} : { zpci }) };
}

/** A wish is about one host: its functions, and the guests that run on it. */
export async function requireLocal({ link }: Pick<Looking, 'link'>): Promise<LibvirtLink> {
  const found = await link?.();
  if (found?.isLocal === true) return found;
  throw new HostdevError('option-conflict', 'the guests of a wish are those of the host whose functions it names, and that libvirt is on another one', {
    hint: 'run hostdev there',
  });
}
