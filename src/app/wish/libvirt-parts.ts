/** Pools and guests of a wish, planned with what libvirt says of them, by the planners that their commands have. */
import { randomUUID } from 'node:crypto';
import type { HostdevSpec, InterfaceSpec } from '../../domain/hostdev-xml.ts';
import { interfaceSet } from '../../domain/interface-set.ts';
import { HostdevError } from '../../errors.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { planGuestDetach } from '../../plan/detach-from-guest.ts';
import { otherwiseIn, presentIn } from '../../plan/unchanged.ts';
import type { Later } from '../../plan/wish-plan.ts';
import { findDevice, type GuestState, isFromPool } from '../../state/guest-state.ts';
import type { Selector, WishedHostdev, WishedPool } from '../../wish/wish.ts';
import { planAttachTo } from '../guests/attach-to-guest.ts';
import { guestOfLibvirt, type OpenGuest } from '../guests/libvirt-guest.ts';
import type { GuestChangeOptions } from '../guests/run-change.ts';
import { planNewPool } from '../guests/pool-create.ts';
import { withoutTaken } from './pending.ts';
import { type Meant, refuseTwiceMeant } from './meant-twice.ts';
import { resolveSelector } from './resolve-selector.ts';
import { type GuestWish, type ItemPlan, type LibvirtParts, locatedAmong, type Looking } from './wish-item.ts';
import { uuidIfKnown, uuidOfGuest } from './wished-guest.ts';
import { requireLocal, type WithLibvirt } from './with-libvirt.ts';

/** @param poolUuids - those of pools that come, by their names; others are chosen. */
export function libvirtParts(libvirt: WithLibvirt, poolUuids: Readonly<Record<string, string>> = {}): LibvirtParts {
  const uuids = new Map(Object.entries(poolUuids));
  const parts: Parts = { libvirt, had: new Map() };
  return {
    pool: (looking, pool) => {
      // Chosen once: the pool that is made is the one that was shown.
      const uuid = uuids.get(pool.network) ?? randomUUID();
      uuids.set(pool.network, uuid);
      return planPool(looking, pool, { libvirt, uuid });
    },
    takingOtherwise: (looking, wish) => planTakingOtherwise(looking, wish, parts),
    giving: (looking, wish) => planGiving(looking, wish, parts),
    uuidIfKnown: (guest) => uuidIfKnown(libvirt, guest),
  };
}

interface Parts {
  readonly libvirt: WithLibvirt;
  /** What guests had of functions before those were taken to be given anew, by guest and function. */
  readonly had: Map<string, Had>;
}

/** What of a function that a guest has stays as it is where the wish does not say. */
interface Had {
  readonly managed: boolean;
  readonly set: InterfaceSpec | undefined;
}

interface NewPoolOf {
  readonly libvirt: WithLibvirt;
  readonly uuid: string;
}

async function planPool(looking: Looking, { network, functions, autostart = false }: WishedPool, { libvirt, uuid }: NewPoolOf): Promise<ItemPlan> {
  const { addresses, later } = await resolveAll(looking, functions);
  if (later !== undefined) return { changes: [], later: [{ what: `the pool ${network}`, why: later }] };
  refuseTwiceMeant(addresses.flatMap((address, i) => (functions[i] === undefined ? [] : [{ at: functions[i].at, selector: functions[i], address }])));
  const connection = await (await requireLocal(libvirt)).get(libvirt.options.signal);
  return { changes: [await planNewPool(looking.view, connection, { name: network, uuid, addresses }, { ...libvirt.options, autostart })] };
}

async function resolveAll(looking: Looking, selectors: readonly Selector[]): Promise<{ readonly addresses: PciAddress[]; readonly later: string | undefined }> {
  const found = await Promise.all(selectors.map((each) => resolveSelector(looking, each)));
  return {
    addresses: found.flatMap((each) => ('address' in each ? [each.address] : [])),
    later: found.flatMap((each) => ('later' in each ? [each.later] : []))[0],
  };
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

async function planTakingOtherwise(looking: Looking, wish: GuestWish, parts: Parts): Promise<ItemPlan> {
  const { open, specs } = await specified(looking, wish, parts);
  const selectors = otherwiseIn(open.state, open.parts, specs).map(({ source }) => ({ source }));
  return { changes: planGuestDetach(open, presentIn(open.state, open.parts, selectors)).changes };
}

async function planGiving(looking: Looking, wish: GuestWish, parts: Parts): Promise<ItemPlan> {
  const { open, link, specs, later, places, options } = await specified(looking, wish, parts);
  const { changes, shown } = await locatedAmong(places, () => planAttachTo(looking.view, link, { guest: open, specs }, options));
  return { changes, later, notes: shown.notes };
}

async function specified(looking: Looking, { guest, scope, hostdevs }: GuestWish, { libvirt, had }: Parts): Promise<SpecifiedGuest> {
  const options = { ...libvirt.options, scope };
  const link = await requireLocal(libvirt);
  const found = await guestOfLibvirt(link, await uuidOfGuest(link, guest, libvirt))(options);
  const open = { ...found, state: withoutTaken(looking.pending, found.state) };
  libvirt.guests.set(open.guest.id, open.guest);
  const later: Later[] = [];
  const specs: HostdevSpec[] = [];
  const places: Meant[] = [];
  for (const hostdev of hostdevs) {
    const { function: selector } = hostdev;
    const resolved =
      selector.kind === 'mapping' ? { addresses: await libvirt.mapped.of(looking, open.state.ref, selector) } : await resolveOne(looking, selector);
    for (const address of 'later' in resolved ? (resolved.of ?? []) : resolved.addresses) {
      if (open.parts.live) refuseInTwo(looking, open.state, { selector, address });
    }
    if ('later' in resolved) later.push({ what: `${guest} has ${selector.written}`, why: resolved.later });
    else {
      for (const [i, address] of resolved.addresses.entries()) {
        const key = JSON.stringify([open.guest.id, formatPciAddress(address)]);
        const has = hadIn(open.state, address) ?? had.get(key);
        if (has !== undefined) had.set(key, has);
        // What is wished for besides is for the function that was chosen, not for the rest of its group.
        specs.push(specOf(i === 0 ? hostdev : { ...hostdev, uid: undefined, fid: undefined, interface: undefined }, address, has));
        places.push({ at: hostdev.at, selector, address });
      }
    }
  }
  refuseTwiceMeant(places);
  return { open, link, specs, later, places, options };
}

/** What a selector means, whatever guest is to have it. */
async function resolveOne(
  looking: Looking,
  selector: Selector,
): Promise<{ readonly addresses: readonly PciAddress[] } | { readonly later: string; readonly of?: readonly PciAddress[] }> {
  const resolved = await resolveSelector(looking, selector);
  if ('address' in resolved) return { addresses: [resolved.address] };
  return { later: resolved.later, ...(resolved.of === undefined ? {} : { of: [resolved.of] }) };
}

/** One of several guests that have a function in their definitions may run. */
function refuseInTwo({ pending }: Looking, { ref }: GuestState, { selector, address }: Pick<Meant, 'selector' | 'address'>): void {
  const name = formatPciAddress(address);
  const user = pending.running.get(name);
  if (user === undefined || user === ref.name) return;
  throw new HostdevError('wish-conflict', `${name} is given to ${user}, which runs, and to ${ref.name}, which runs as well`, {
    subject: name,
    hint: 'end one of them first, or give it to its definition only, with scope: config',
    location: selector.at,
  });
}

function hadIn({ config, live }: GuestState, source: PciAddress): Had | undefined {
  const found = findDevice(config, { source }) ?? findDevice(live, { source });
  return found === undefined ? undefined : { managed: found.managed, set: isFromPool(config, found) ? undefined : interfaceSet(found) };
}

function specOf({ managed, uid, fid, interface: nic }: WishedHostdev, source: PciAddress, had: Had | undefined): HostdevSpec {
  const zpci = { ...(uid === undefined ? {} : { uid }), ...(fid === undefined ? {} : { fid }) };
  const kept = managed ?? had?.managed;
  const mac = nic?.mac ?? had?.set?.mac;
  const wanted = nic === undefined ? had?.set : { ...nic, ...(mac === undefined ? {} : { mac }) };
  return {
    source,
    ...(kept === undefined ? {} : { managed: kept }),
    ...(Object.keys(zpci).length === 0 ? {} : { zpci }),
    ...(wanted === undefined ? {} : { interface: wanted }),
  };
}
