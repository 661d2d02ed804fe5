/** `hostdev swap GUEST OLD NEW`: another function at the same place in the guest, with the same uid and fid. */
import { spokenFor } from '../../addressing/libvirt/spoken-for.ts';
import { chooseVersions } from '../../addressing/place.ts';
import { readDomain } from '../../domain/domain.ts';
import { libvirtGuest } from '../../guest/libvirt/libvirt-guest.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import { type GuestPlan, type GuestReport, placeOf, showChanges } from '../../plan/guest-plan.ts';
import type { Change } from '../../plan/change.ts';
import { checkExchange, type Exchange, isManagedIn, planSwap } from '../../plan/swap.ts';
import { devicePresence, findDevice, type GuestState } from '../../state/guest-state.ts';
import { isVfioDriver } from '../../state/node-device.ts';
import { refuseInDefinition } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { guestQemu } from '../place-options.ts';
import { recipientOf, sourcesOf } from './attach-to-guest.ts';
import { connectionVersions } from './connection-versions.ts';
import { type HostFunction, mustBePrepared, notPrepared, planHandover, requireGivable, requireRemote } from './host-side.ts';
import { type GuestChangeOptions, type PlannedGuestChange, runGuestChange, SAME_GUEST_AND_STEPS } from './run-change.ts';

interface SwapPlan extends PlannedGuestChange {
  readonly state: GuestState;
}

/** What is asked for: which guest, and which functions. */
export interface SwapWish extends Exchange {
  readonly word: string;
  /** The rest of the new function's IOMMU group: readied with it, and not given to the guest. */
  readonly mates?: readonly PciAddress[] | undefined;
}

/**
 * Replaces a function by another one wherever the guest has it. When the new one cannot be given, the old one is given back.
 *
 * @throws {HostdevError} `hostdev-absent`, `hostdev-present`, `guest-holds-on`, and what keeps the new one from being given.
 */
export async function swapInGuest(
  context: AppContext,
  link: LibvirtLink,
  { word, mates = [], ...exchange }: SwapWish,
  options: GuestChangeOptions,
): Promise<GuestReport> {
  let name = word;
  const plan = async (view: AppContext, told: GuestChangeOptions): Promise<SwapPlan> => {
    const state = await openGuest(await link.get(told.signal), name);
    name = state.ref.uuid;
    checkExchange(state, exchange);
    const [comes, ...others] = await requireNext(view, link, { state, exchange, mates }, told);
    const readied = await planHandover(
      view,
      others,
      others.map(() => ({ managed: false })),
    );
    const guest = libvirtGuest(link, state.ref);
    const isMoved = link.isLocal && isManagedIn(state, exchange.old) && !isVfioDriver(comes?.driver);
    const change = planSwap(guest, state, exchange, isMoved ? comes?.driver : undefined);
    const changes = [...readied, change];
    const qemu = guestQemu(readDomain(state.live ?? state.config ?? ''));
    const versions = spokenFor(chooseVersions(qemu.arch, await connectionVersions(link, qemu, view)));
    return { state, guest, changes, shown: { ...show(state, exchange, changes), versions } };
  };
  return runGuestChange(context, options, {
    plan,
    isLocal: link.isLocal,
    ...SAME_GUEST_AND_STEPS,
  });
}

/** Whether the new one can be given at all: told before the old one goes. */
async function requireNext(
  context: AppContext,
  link: LibvirtLink,
  { state, exchange: { old, next }, mates }: { readonly state: GuestState; readonly exchange: Exchange; readonly mates: readonly PciAddress[] },
  options: GuestChangeOptions,
): Promise<readonly HostFunction[]> {
  if (devicePresence(state, { source: old }).live === 'no') {
    const present = [...mates, ...sourcesOf(state.config).filter((source) => !samePciAddress(source, old))];
    if (link.isLocal) await refuseInDefinition(context, { added: [next], present }, options);
    return [];
  }
  const managed = isManagedIn(state, old);
  const all = link.isLocal
    ? await requireGivable(context, [next, ...mates], { ...options, to: recipientOf(state) })
    : await requireRemote(await link.get(), [next], options.force, () => managed);
  const [found] = all;
  if (found === undefined || !mustBePrepared(found, managed)) return all;
  throw notPrepared(found, `, and ${formatPciAddress(old)} is one that libvirt does not take itself`);
}

function show({ ref, live, config, state }: GuestState, { old, next }: Exchange, changes: readonly Change[]): Omit<GuestPlan, 'versions'> {
  const held = devicePresence({ live, config }, { source: old });
  const at = findDevice(held.live === 'yes' ? live : config, { source: old })?.address;
  const parts = { live: held.live === 'yes', config: held.config === 'yes' };
  const functions = [{ address: formatPciAddress(next), ...placeOf(at), ...parts }];
  return { verb: 'swap', guest: ref.name, uuid: ref.uuid, state, functions, steps: showChanges(changes), notes: [] };
}
