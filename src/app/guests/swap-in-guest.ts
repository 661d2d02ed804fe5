/** `hostdev swap GUEST OLD NEW`: another function at the same place in the guest, with the same uid and fid. */
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import { guestVersions, recipientOf } from '../../plan/attach-to-guest.ts';
import type { GuestReport } from '../../plan/guest-plan.ts';
import { type HostFunction, mustBePrepared, notPrepared } from '../../plan/handover.ts';
import { alreadySwapped, checkExchange, type Exchange, isManagedIn, isSwapped, planSwap, showSwap } from '../../plan/swap.ts';
import { devicePresence, type GuestState, sourcesIn } from '../../state/guest-state.ts';
import { isVfioDriver } from '../../state/node-device.ts';
import type { AppContext } from '../context.ts';
import { hostArchitecture } from '../place-options.ts';
import { refuseInDefinitionOf } from './host-of-guest.ts';
import { assignableFunctions, planPreparesOf } from './handover.ts';
import { guestOfLibvirt, type LibvirtPlan, versionsOfGuest } from './libvirt-guest.ts';
import { type GuestChangeOptions, runGuestChange, SAME_GUEST_AND_STEPS } from './run-change.ts';

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
  const open = guestOfLibvirt(link, word);
  return runGuestChange<LibvirtPlan>(context, options, {
    plan: async (view, told) => {
      const guest = await open({ ...told, scope: 'current' });
      const { state, name } = guest;
      if (isSwapped(state, exchange)) return { ...guest, changes: [], shown: alreadySwapped(state, exchange) };
      checkExchange(state, exchange);
      const versions = guestVersions(state, { ...(await versionsOfGuest(view, link, state)), defaultArch: hostArchitecture() });
      const [comes, ...others] = await requireNext(view, link, { state, exchange, mates }, told);
      const isMoved = link.isLocal && isManagedIn(state, exchange.old) && !isVfioDriver(comes?.driver);
      const unmanaged = others.map(() => ({ managed: false }));
      const changes = [...(await planPreparesOf(view, others, unmanaged)), planSwap(name, state, exchange, isMoved ? comes?.driver : undefined)];
      return { ...guest, changes, shown: { ...showSwap(state, exchange, changes), versions } };
    },
    isLocal: link.isLocal,
    ...SAME_GUEST_AND_STEPS,
  });
}

/** The new one and its mates, once it is known that they can be given: told before the old one goes. None where only the definition has the old one. */
async function requireNext(
  context: AppContext,
  link: LibvirtLink,
  { state, exchange: { old, next }, mates }: { readonly state: GuestState; readonly exchange: Exchange; readonly mates: readonly PciAddress[] },
  options: GuestChangeOptions,
): Promise<readonly HostFunction[]> {
  if (devicePresence(state, { source: old }).live === 'no') {
    const present = [...mates, ...sourcesIn(state.config).filter((source) => !samePciAddress(source, old))];
    await refuseInDefinitionOf(context, link, { added: [next], present }, options);
    return [];
  }
  const managed = isManagedIn(state, old);
  const named = link.isLocal ? [next, ...mates] : [next];
  const all = await assignableFunctions(
    context,
    link,
    named.map((source) => ({ source, managed })),
    { ...options, to: recipientOf(state) },
  );
  const [found] = all;
  if (found === undefined || !mustBePrepared(found, { managed })) return all;
  throw notPrepared(found, `, and ${formatPciAddress(old)} is one that libvirt does not take itself`);
}
