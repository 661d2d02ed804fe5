/** Interfaces of guests whose function a pool chooses, planned by the planner that `attach --pool` has; each is found again by its MAC address. */
import { hasVlan } from '../../domain/interface-set.ts';
import { poolSelector, planPoolAttach } from '../../plan/attach-from-pool.ts';
import type { Change } from '../../plan/change.ts';
import { planGuestDetach } from '../../plan/detach-from-guest.ts';
import { presentIn } from '../../plan/unchanged.ts';
import type { Later } from '../../plan/wish-plan.ts';
import { findDevice, type GuestParts } from '../../state/guest-state.ts';
import { requireActivePool } from '../../guest/libvirt/read-pools.ts';
import type { WishedInterface } from '../../wish/wish.ts';
import { guestOfLibvirt, type OpenGuest } from '../guests/libvirt-guest.ts';
import { refusePoolInUse } from '../guests/pool.ts';
import { interfaceWords } from './interface-words.ts';
import { withoutTaken } from './pending.ts';
import { type InterfacesWish, type ItemPlan, located, type Looking } from './wish-item.ts';
import { uuidOfGuest } from './wished-guest.ts';
import { requireLocal, type WithLibvirt } from './with-libvirt.ts';

async function openGuest({ pending }: Looking, { guest, scope }: InterfacesWish, libvirt: WithLibvirt): Promise<OpenGuest> {
  const link = await requireLocal(libvirt);
  const open = await guestOfLibvirt(link, await uuidOfGuest(link, guest, libvirt))({ ...libvirt.options, scope });
  libvirt.guests.set(open.guest.id, open.guest);
  // An interface of one function may go, whose MAC address comes with another one.
  return { ...open, state: withoutTaken(pending, open.state) };
}

/** Takes from a guest the interfaces that it has with another VLAN: elements are not changed while they are there. */
export async function planInterfacesOtherwise(looking: Looking, wish: InterfacesWish, libvirt: WithLibvirt): Promise<ItemPlan> {
  const open = await openGuest(looking, wish, libvirt);
  const otherwise = wish.interfaces.filter((each) => partsThat(open, (xml) => hasOtherwise(xml, each)).some((part) => part));
  return { changes: planGuestDetach(open, presentIn(open.state, open.parts, otherwise.map(selectorOf))).changes };
}

/** Gives a guest, in each part of it, the interfaces that it lacks there. */
export async function planInterfaces(looking: Looking, wish: InterfacesWish, libvirt: WithLibvirt): Promise<ItemPlan> {
  const open = await openGuest(looking, wish, libvirt);
  const changes: Change[] = [];
  const later: Later[] = [];
  for (const each of wish.interfaces) {
    const why = whyLater(looking, open, each);
    if (why !== undefined) later.push({ what: interfaceWords(wish.guest, each), why });
    else changes.push(...(await located(each.at, () => planOne(looking, open, each, libvirt))));
  }
  return { changes, later, comes: later.length === 0 ? [] : ['attach'] };
}

function whyLater({ pending }: Looking, { state }: OpenGuest, { mac, network }: WishedInterface): string | undefined {
  if (pending.pools.has(network)) return `the pool ${network} is there`;
  return pending.taken.get(state.ref.uuid)?.some(({ device }) => device === mac) === true ? `${mac} was given back` : undefined;
}

async function planOne({ view }: Looking, open: OpenGuest, wished: WishedInterface, libvirt: WithLibvirt): Promise<readonly Change[]> {
  const [live = false, config = false] = partsThat(open, (xml) => findDevice(xml, selectorOf(wished)) === undefined);
  const parts: GuestParts = { live, config };
  if (!live && !config) return [];
  const connection = await (await requireLocal(libvirt)).get(libvirt.options.signal);
  await refusePoolInUse(view, await requireActivePool(connection, wished.network), libvirt.options);
  return planPoolAttach({ ...open, parts }, { network: wished.network, mac: wished.mac, vlan: wished.vlan }).changes;
}

/** Of what runs and of the definition, as far as they are meant. */
function partsThat({ state, parts }: OpenGuest, is: (xml: string | undefined) => boolean): boolean[] {
  return [parts.live && is(state.live), parts.config && is(state.config)];
}

function selectorOf({ network, mac }: WishedInterface) {
  return poolSelector({ network, mac, vlan: undefined });
}

function hasOtherwise(xml: string | undefined, wished: WishedInterface): boolean {
  const found = findDevice(xml, selectorOf(wished));
  return found !== undefined && wished.vlan !== undefined && !hasVlan(found, wished.vlan);
}
