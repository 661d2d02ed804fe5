/** What hostdev has made and a wish does not name any more: by the journal's word and that of our own rules; what somebody else has made stays. */
import { HostdevError, unlessRefused } from '../../errors.ts';
import { openJournal } from '../../execute/journal/journal.ts';
import { standingChanges } from '../../execute/journal/standing.ts';
import { givenDevices } from '../../execute/journal/given-devices.ts';
import type { BeginRecord } from '../../execute/journal/record.ts';
import { readRules } from '../../host/persist/rules.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { isLasting } from '../../plan/transition.ts';
import type { UndoCommand } from '../../plan/undo-commands.ts';
import type { DesiredState } from '../../wish/wish.ts';
import { planPoolEnd } from '../guests/pool-remove.ts';
import type { GuestChangeOptions } from '../guests/run-change.ts';
import type { AppContext } from '../context.ts';
import { viewHost } from '../host-view.ts';
import { rulesFor } from '../persistent.ts';
import { planReleases } from '../release.ts';
import { commandsBack } from '../undo.ts';
import { planVfs } from '../vf-count-plan.ts';
import { guestsToPrune } from './prune-guests.ts';
import { poolsGettingBack } from './pending.ts';
import { resolveSelector } from './resolve-selector.ts';
import type { Looking, WishItem } from './wish-item.ts';
import { onAnotherHost, requireLocal, type WithLibvirt } from './with-libvirt.ts';

/** What is known of what was made. */
export interface Pruning {
  readonly options: GuestChangeOptions;
  /** Missing where a copy of a host is looked at. */
  readonly libvirt: WithLibvirt | undefined;
}

/** Guests let go first, then pools end, then what the host has for them goes. */
export async function pruneItems(looking: Looking, wish: DesiredState, pruning: Pruning): Promise<WishItem[]> {
  const directory = pruning.options.stateDirectory;
  if (!looking.view.port.live && directory === undefined) {
    throw new HostdevError('option-conflict', 'what hostdev has made is known on the host itself only, so nothing can be pruned on a copy of one', {
      hint: 'leave --prune out',
    });
  }
  const named = await namedFunctions(looking, wish, pruning);
  const { records } = await openJournal(directory).look();
  const made = standingChanges(records, ({ verb }) => isLasting(verb)).flatMap(({ record, end }) => (end === 'done' ? [record] : []));
  const commands = await commandsBack(looking.view, pruning.options);
  // A file that somebody has edited since is his.
  const theirs = new Set((await readRules(looking.view.port)).flatMap(({ address, parsed }) => (parsed.kind === 'rule' && !parsed.edited ? [] : [address])));
  const ours = commands.filter(({ verb, subject }) => verb !== 'persistent remove' || !theirs.has(subject));
  return [
    ...(await guestsToPrune(looking, wish, { all: givenDevices(records), libvirt: pruning.libvirt })),
    ...(await poolsToPrune(wish, made, pruning)),
    ...ours.flatMap((command) => hostItem(command, named, pruning)),
  ];
}

/** Addresses of functions that a wish names anywhere, and of the physical ones that those are virtual functions of. */
interface Named {
  readonly functions: ReadonlySet<string>;
  readonly physical: ReadonlySet<string>;
}

async function namedFunctions(looking: Looking, wish: DesiredState, pruning: Pruning): Promise<Named> {
  const selectors = [
    ...wish.functions.map((each) => each.function),
    ...wish.pools.flatMap(({ functions }) => functions),
    ...wish.guests.flatMap(({ hostdevs }) => hostdevs.flatMap(({ function: each }) => (each.kind === 'mapping' ? [] : [each]))),
  ];
  const addresses = async (all: typeof selectors): Promise<string[]> => {
    // What is not there has nothing that could be pruned; that it is not is said by whoever needs it.
    const found = await Promise.all(all.map((each) => resolveSelector(looking, each).catch(unlessRefused)));
    return found.flatMap((each) => (each !== undefined && 'address' in each ? [formatPciAddress(each.address)] : []));
  };
  const functions = new Set([...(await addresses(selectors)), ...(await mappedFunctions(looking, wish, pruning))]);
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

/** What mappings stand for; where that is not known, nothing of the wish is done, and it is said why. */
async function mappedFunctions(looking: Looking, { guests }: DesiredState, { libvirt }: Pruning): Promise<string[]> {
  const found: string[] = [];
  for (const { guest, hostdevs } of guests) {
    const selectors = hostdevs.flatMap(({ function: each }) => (each.kind === 'mapping' ? [each] : []));
    if (libvirt === undefined || selectors.length === 0) continue;
    const connection = await (await requireLocal(libvirt)).get(libvirt.options.signal);
    const domain = await connection.findNamedDomain(guest).catch(unlessRefused);
    if (domain === undefined) continue;
    for (const each of selectors) found.push(...((await libvirt.mapped.of(looking, domain, each).catch(unlessRefused)) ?? []).map(formatPciAddress));
  }
  return found;
}

function hostItem(command: UndoCommand, { functions, physical }: Named, { options: { stateDirectory } }: Pruning): WishItem[] {
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
      return [
        {
          plan: async ({ view, pending }) =>
            pending.moved.has(subject)
              ? { changes: [], later: [{ what: `release ${subject}`, why: NO_GUEST }], comes: ['release'] }
              : { changes: (await planReleases(view, [address], { stateDirectory })).changes },
        },
      ];
    default: {
      const wish = { verb, count: vfs.count, hostDrivers: vfs.hostDrivers, persist: false };
      return [
        {
          plan: async ({ view, pending, autoprobeBefore }) =>
            poolsGettingBack(pending).size > 0 || (await virtualFunctionsOf(view, subject)).some((name) => pending.moved.has(name))
              ? {
                  changes: [],
                  later: [{ what: `${vfs.count} virtual functions of ${subject}`, why: NO_GUEST }],
                  comes: ['vf create', 'vf remove', 'persist', 'unpersist'],
                }
              : { changes: (await planVfs(view, address, wish, autoprobeBefore)).changes },
        },
      ];
    }
  }
}

/** As long as a guest has a function, nothing can be said of what becomes of it but that. */
const NO_GUEST = 'no guest has it any more';

async function virtualFunctionsOf(view: AppContext, name: string): Promise<string[]> {
  const { functions } = (await viewHost(view)).state;
  return (functions.find(({ address }) => formatPciAddress(address) === name)?.sriov?.virtualFunctions ?? []).map(formatPciAddress);
}

/** Pools that hostdev has made: by their uuid, which nobody else's network has. */
async function poolsToPrune(wish: DesiredState, made: readonly BeginRecord[], { libvirt, options }: Pruning): Promise<WishItem[]> {
  const kept = new Set([...wish.pools, ...wish.guests.flatMap(({ interfaces }) => interfaces)].map(({ network }) => network));
  const pools = made.filter(({ verb, subject, wanted }) => {
    // Only what puts one back that was taken away wants a uuid: whoever made it, that was before.
    const isPutBack = 'uuid' in wanted;
    return verb === 'pool create' && !isPutBack && !kept.has(subject);
  });
  if (pools.length === 0) return [];
  if (libvirt === undefined) throw onAnotherHost();
  const link = await requireLocal(libvirt);
  return pools
    .filter(({ before }) => before['uri'] === link.uri)
    .map(({ subject, before }) => ({
      plan: async ({ pending }) => {
        if (poolsGettingBack(pending).has(subject)) return { changes: [], later: [{ what: `pool remove ${subject}`, why: NO_GUEST }], comes: ['pool remove'] };
        const connection = await link.get(options.signal);
        if ((await connection.findNetwork(subject))?.uuid !== before['uuid']) return { changes: [] };
        const change = await planPoolEnd(connection, subject, options);
        return { changes: change === undefined ? [] : [change] };
      },
    }));
}
