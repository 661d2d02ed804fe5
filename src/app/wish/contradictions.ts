/** What two parts of a wish say differently of one function, which is seen once the host is looked at: refused before anything of it is begun. */
import { formatLocation, HostdevError, type Problem, unlessRefused } from '../../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import { isVfioDriver, type NodeDevice } from '../../state/node-device.ts';
import type { DesiredState, Selector, WishedGuest, WishedVfs } from '../../wish/wish.ts';
import { viewHost } from '../host-view.ts';
import { NOTHING_PENDING } from './pending.ts';
import { meantTwice } from './meant-twice.ts';
import { resolveSelector } from './resolve-selector.ts';
import type { ItemPlan, Looking, WishItem } from './wish-item.ts';

/** A function as the host has it before anything is done. */
interface Meant {
  readonly selector: Selector;
  /** The same for the same function: its address; of a virtual one its number, which it has before it is there. */
  readonly name: string;
  /** Where it is there. */
  readonly device?: NodeDevice | undefined;
  readonly virtual?: { readonly of: string; readonly index: number } | undefined;
}

/** Planned before all others, whatever is said of them. */
export function contradictionItem(wish: DesiredState): WishItem {
  return { plan: (looking) => refuseContradictions(looking, wish) };
}

async function refuseContradictions(looking: Looking, wish: DesiredState): Promise<ItemPlan> {
  const all = async (selectors: readonly Selector[]): Promise<Meant[]> =>
    (await Promise.all(selectors.map(async (each) => meant(looking, each)))).flatMap((each) => each ?? []);
  const physical = await all(wish.virtualFunctions.map(({ physicalFunction }) => physicalFunction));
  const prepared = await all(wish.functions.map(({ at, function: each }) => ({ ...each, at })));
  const pools = await Promise.all(wish.pools.map(async ({ network, functions }) => ({ network, members: await all(functions) })));
  const guests = await Promise.all(
    wish.guests.map(async ({ hostdevs }) => all(hostdevs.flatMap(({ at, function: each }) => (each.kind === 'mapping' ? [] : [{ ...each, at }])))),
  );
  const counted = new Map(
    physical.flatMap(({ name, selector }) => wish.virtualFunctions.flatMap((vfs) => (vfs.physicalFunction === selector ? [[name, vfs]] : []))),
  );
  const problems = [
    ...[prepared, ...pools.map(({ members }) => members), ...guests].flatMap((each) => meantTwice(each.map(named))),
    ...(await sameGuests(looking, wish.guests)),
    ...(await Promise.all(wish.guests.map(async (each, i) => mappedBesides(looking, each, guests[i] ?? [])))).flat(),
    ...pools.flatMap(({ network, members }) => mixed(network, members)),
    ...prepared.flatMap((each) => bothGivenAndCounted(each, counted)),
    ...[...prepared, ...pools.flatMap(({ members }) => members)].flatMap((each) => [...goingVirtual(each, counted), ...onStandby(each, wish)]),
  ];
  const [first, ...others] = problems;
  if (first !== undefined) throw HostdevError.all(first, others);
  return { changes: [] };
}

/** What is not there, or not the only one, is refused by whoever needs it. */
async function meant(looking: Looking, selector: Selector): Promise<Meant | undefined> {
  const { functions } = (await viewHost(looking.view)).state;
  const physical = selector.kind === 'virtual' ? { ...selector, kind: 'name' as const, name: selector.physicalFunction } : selector;
  const found = await resolveSelector({ ...looking, pending: NOTHING_PENDING }, physical).catch(unlessRefused);
  if (found === undefined || !('address' in found)) return undefined;
  const at = (wanted: PciAddress | undefined): NodeDevice | undefined =>
    functions.find(({ address }) => wanted !== undefined && samePciAddress(address, wanted));
  const device = at(found.address);
  if (selector.kind === 'virtual') {
    return {
      ...virtual(selector, { of: formatPciAddress(found.address), index: selector.index }),
      device: at(device?.sriov?.virtualFunctions[selector.index]),
    };
  }
  const of = at(device?.physicalFunction);
  const index = of?.sriov?.virtualFunctions.findIndex((each) => samePciAddress(each, found.address)) ?? -1;
  if (of !== undefined && index !== -1) return { ...virtual(selector, { of: formatPciAddress(of.address), index }), device };
  return { selector, name: formatPciAddress(found.address), device };
}

function virtual(selector: Selector, { of, index }: { readonly of: string; readonly index: number }): Meant {
  return { selector, name: `virtual function ${index} of ${of}`, virtual: { of, index } };
}

function conflict({ at }: Pick<Selector, 'at'>, subject: string, { message, hint }: { readonly message: string; readonly hint: string }): Problem {
  return { code: 'wish-conflict', severity: 'error', subject, message, hint, location: at };
}

function named({ selector, name, device }: Meant): Parameters<typeof meantTwice>[0][number] {
  return { at: selector.at, selector, name, address: device?.address };
}

async function sameGuests(looking: Looking, guests: readonly WishedGuest[]): Promise<Problem[]> {
  // One is not named twice, and needs no libvirt to be asked.
  if (guests.length < 2) return [];
  const uuids = await Promise.all(guests.map(async ({ guest }) => looking.libvirt?.uuidIfKnown(guest)));
  const found = new Map<string, string>();
  return guests.flatMap(({ at, guest }, i) => {
    const uuid = uuids[i];
    const before = uuid === undefined ? undefined : found.get(uuid);
    if (uuid !== undefined && before === undefined) found.set(uuid, guest);
    if (before === undefined) return [];
    return [conflict({ at }, guest, { message: `${guest} and ${before} are the same guest`, hint: 'name it by one of the two' })];
  });
}

/** By a mapping another function would be chosen than the one that is named. */
async function mappedBesides({ view: { mapped } }: Looking, { guest, hostdevs }: WishedGuest, named: readonly Meant[]): Promise<Problem[]> {
  const selectors = hostdevs.flatMap(({ at, function: each }) => (each.kind === 'mapping' ? [{ ...each, at }] : []));
  if (mapped === undefined || named.length === 0) return [];
  const found = await Promise.all(
    selectors.map(async (selector) => {
      // What no mapping means is refused by whoever needs it.
      const all = new Set(await mapped.all(selector.mapping).catch(unlessRefused));
      return named.flatMap(({ device, selector: { at } }): Problem[] => {
        const address = device === undefined ? '' : formatPciAddress(device.address);
        if (!all.has(address)) return [];
        const message = `${guest} has a function by ${selector.written}, and ${address} of it at ${formatLocation(at)}`;
        return [conflict(selector, address, { message, hint: 'leave one of the two out: by a mapping a guest has one function' })];
      });
    }),
  );
  return found.flat();
}

/** A pool hands out all virtual functions of a physical one, or those that are named. */
function mixed(network: string, members: readonly Meant[]): Problem[] {
  const physical = members.find(({ device, virtual: is }) => device !== undefined && is === undefined);
  if (physical === undefined || members.length === 1) return [];
  const message = `the pool ${network} has ${physical.name}, which is no virtual function, and others`;
  return [conflict(physical.selector, physical.name, { message, hint: 'name one physical function alone, or virtual ones' })];
}

/** The driver that makes the virtual functions lets go of a function that is given away, and they go with it. Those that are so all the same may stay so. */
function bothGivenAndCounted({ selector, name, device }: Meant, counted: ReadonlyMap<string, WishedVfs>): Problem[] {
  const vfs = counted.get(name);
  if (vfs === undefined || vfs.numVfs === 0) return [];
  if (isVfioDriver(device?.driver) && device?.sriov?.numVfs === vfs.numVfs) return [];
  const message = `${name} is prepared, and has ${countOf(vfs)} at ${formatLocation(vfs.at)}`;
  return [conflict(selector, name, { message, hint: 'a function that is given away has no virtual functions: leave one of the two out' })];
}

function goingVirtual({ selector, device, virtual: is }: Meant, counted: ReadonlyMap<string, WishedVfs>): Problem[] {
  const vfs = is === undefined ? undefined : counted.get(is.of);
  // One that is named by its number is counted when it is looked for.
  if (selector.kind === 'virtual' || is === undefined || vfs === undefined || is.index < vfs.numVfs) return [];
  const named = device === undefined ? selector.written : formatPciAddress(device.address);
  const message = `${named} is virtual function ${is.index} of ${is.of}, which has ${vfs.numVfs} at ${formatLocation(vfs.at)}`;
  return [conflict(selector, named, { message, hint: 'they are counted from 0; raise numVfs, or name another one' })];
}

function onStandby({ selector, name, device }: Meant, { slots }: DesiredState): Problem[] {
  const slot = slots.find(({ fid, state }) => state === 'standby' && device?.zpci?.fid === fid);
  if (slot === undefined) return [];
  const message = `${name} is wished for, and its slot is on standby at ${formatLocation(slot.at)}`;
  return [conflict(selector, name, { message, hint: 'its slot has to be configured: leave one of the two out' })];
}

function countOf({ numVfs }: WishedVfs): string {
  return `${numVfs} virtual function${numVfs === 1 ? '' : 's'}`;
}
