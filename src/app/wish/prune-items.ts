/** What hostdev has made and a wish does not name any more: by the journal's word and that of our own rules; what somebody else has made stays. */
import { HostdevError } from '../../errors.ts';
import { openJournal } from '../../execute/journal/journal.ts';
import { standingChanges } from '../../execute/journal/standing.ts';
import type { BeginRecord } from '../../execute/journal/record.ts';
import { readRules } from '../../host/persist/rules.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { functionsOf } from '../../plan/change.ts';
import { planGuestDetach } from '../../plan/detach-from-guest.ts';
import { isLasting } from '../../plan/transition.ts';
import { presentIn } from '../../plan/unchanged.ts';
import type { UndoCommand } from '../../plan/undo-commands.ts';
import type { DesiredState, WishedGuest } from '../../wish/wish.ts';
import { guestOfLibvirt } from '../guests/libvirt-guest.ts';
import { planPoolEnd } from '../guests/pool-remove.ts';
import { viewHost } from '../host-view.ts';
import { rulesFor } from '../persistent.ts';
import { planReleases } from '../release.ts';
import { commandsBack } from '../undo.ts';
import { planVfs } from '../virtual-functions.ts';
import { requireLocal } from './guest-items.ts';
import { resolveSelector } from './resolve-selector.ts';
import type { Looking, WishItem } from './wish-item.ts';

/** Guests let go first, then pools end, then what the host has for them goes. */
export async function pruneItems(looking: Looking, wish: DesiredState): Promise<WishItem[]> {
  const directory = looking.options.stateDirectory;
  if (!looking.view.port.live && directory === undefined) {
    throw new HostdevError('option-conflict', 'what hostdev has made is known on the host itself only, so nothing can be pruned on a copy of one', {
      hint: 'leave --prune out',
    });
  }
  const named = await namedFunctions(looking, wish);
  const { records } = await openJournal(directory).look();
  const made = standingChanges(records, ({ verb }) => isLasting(verb)).flatMap(({ record, end }) => (end === 'done' ? [record] : []));
  const commands = await commandsBack(looking.view, looking.options);
  // A file that somebody has edited since is his.
  const theirs = new Set((await readRules(looking.view.port)).flatMap(({ address, parsed }) => (parsed.kind === 'rule' && !parsed.edited ? [] : [address])));
  const ours = commands.filter(({ verb, subject }) => verb !== 'persistent remove' || !theirs.has(subject));
  return [...(await guestsToPrune(looking, wish, made)), ...(await poolsToPrune(looking, wish, made)), ...ours.flatMap((command) => hostItem(command, named))];
}

/** Addresses of functions that a wish names anywhere, and of the physical ones that those are virtual functions of. */
interface Named {
  readonly functions: ReadonlySet<string>;
  readonly physical: ReadonlySet<string>;
}

async function namedFunctions(looking: Looking, wish: DesiredState): Promise<Named> {
  const selectors = [
    ...wish.functions.map((each) => each.function),
    ...wish.pools.flatMap(({ functions }) => functions),
    ...wish.guests.flatMap(({ hostdevs }) => hostdevs.map((each) => each.function)),
  ];
  const addresses = async (all: typeof selectors): Promise<string[]> => {
    // What is not there has nothing that could be pruned; that it is not is said by whoever needs it.
    const found = await Promise.all(all.map((each) => resolveSelector(looking, each).catch(ignoreUnknown)));
    return found.flatMap((each) => (each !== undefined && 'address' in each ? [formatPciAddress(each.address)] : []));
  };
  const functions = new Set(await addresses(selectors));
  const physical = new Set(await addresses(wish.virtualFunctions.map(({ physicalFunction }) => physicalFunction)));
  for (const { address, sriov, physicalFunction } of (await viewHost(looking.view)).state.functions) {
    if (!functions.has(formatPciAddress(address))) continue;
    if (physicalFunction !== undefined) physical.add(formatPciAddress(physicalFunction));
    // A pool of a physical function hands out all of its virtual ones.
    for (const virtual of sriov?.virtualFunctions ?? []) functions.add(formatPciAddress(virtual));
    if (sriov !== undefined) physical.add(formatPciAddress(address));
  }
  return { functions, physical };
}

function ignoreUnknown(error: unknown): undefined {
  if (!(error instanceof HostdevError)) throw error;
}

function hostItem(command: UndoCommand, { functions, physical }: Named): WishItem[] {
  const { verb, subject, vfs } = command;
  // A slot is on or off: nothing was made.
  if (verb === 'slot on' || functions.has(subject) || physical.has(subject)) return [];
  const address = parsePciAddress(subject);
  switch (verb) {
    case 'persistent remove':
      return [
        {
          plan: async ({ view }) => {
            const changes = await rulesFor(view.port, [{ address, driver: null, vfs: null }]);
            return { changes, todo: changes.flatMap(({ todo }) => todo) };
          },
        },
      ];
    case 'release':
      return [{ plan: async ({ view, options: { stateDirectory } }) => ({ changes: (await planReleases(view, [address], { stateDirectory })).changes }) }];
    default: {
      const wish = { verb, count: vfs.count, hostDrivers: vfs.hostDrivers, persist: false };
      return [{ plan: async ({ view, options }) => ({ changes: (await planVfs(view, address, wish, options.stateDirectory)).changes }) }];
    }
  }
}

/** Devices that hostdev gave to guests, which still have them. */
async function guestsToPrune(looking: Looking, wish: DesiredState, made: readonly BeginRecord[]): Promise<WishItem[]> {
  const given = made.filter(({ verb }) => verb === 'attach');
  if (given.length === 0) return [];
  const link = await requireLocal(looking);
  const items: WishItem[] = [];
  for (const record of given.filter(({ before }) => before['uri'] === link.uri)) {
    const [device = ''] = functionsOf(record);
    const { guest: uuid = null, name = null } = record.before;
    if (!ADDRESS.test(device) || uuid === null) continue;
    const kept = wish.guests.filter(({ guest }) => guest === uuid || guest === name);
    if (await isNamedIn(looking, kept, device)) continue;
    items.push({ plan: (at) => planTaking(at, uuid, device) });
  }
  return items;
}

const ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

async function isNamedIn(looking: Looking, guests: readonly WishedGuest[], device: string): Promise<boolean> {
  for (const { function: selector } of guests.flatMap(({ hostdevs }) => hostdevs)) {
    const found = await resolveSelector(looking, selector).catch(ignoreUnknown);
    if (found !== undefined && 'address' in found && formatPciAddress(found.address) === device) return true;
  }
  return false;
}

/** A guest that is gone, or has let go, has nothing to be taken. */
async function planTaking(looking: Looking, uuid: string, device: string): ReturnType<WishItem['plan']> {
  const link = await requireLocal(looking);
  const open = async (scope: 'current' | 'persistent') => guestOfLibvirt(link, uuid)({ ...looking.options, scope });
  const guest = await open('persistent').catch(async (error: unknown) => {
    if (!(error instanceof HostdevError)) throw error;
    if (error.code === 'guest-unknown') return undefined;
    // One without definition.
    return open('current');
  });
  if (guest === undefined) return { changes: [] };
  looking.guests.set(guest.guest.id, guest.guest);
  const selector = { source: parsePciAddress(device) };
  return { changes: planGuestDetach(guest, presentIn(guest.state, guest.parts, [selector])).changes };
}

/** Pools that hostdev has made: by their uuid, which nobody else's network has. */
async function poolsToPrune(looking: Looking, wish: DesiredState, made: readonly BeginRecord[]): Promise<WishItem[]> {
  const pools = made.filter(({ verb, subject }) => verb === 'pool create' && !wish.pools.some(({ network }) => network === subject));
  if (pools.length === 0) return [];
  const link = await requireLocal(looking);
  return pools
    .filter(({ before }) => before['uri'] === link.uri)
    .map(({ subject, before }) => ({
      plan: async ({ options }) => {
        const libvirt = await link.get(options.signal);
        if ((await libvirt.findNetwork(subject))?.uuid !== before['uuid']) return { changes: [] };
        const change = await planPoolEnd(libvirt, subject, options);
        return { changes: change === undefined ? [] : [change] };
      },
    }));
}
