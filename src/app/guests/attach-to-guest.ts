/** `hostdev attach GUEST`: functions of the host for a guest of libvirt, running or not. */
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { readAvailableMemory } from '../../host/memory.ts';
import { refuseTwice } from '../../pci/named-once.ts';
import { type ChangedGuest, type GivingHost, planGuestAttach, recipientOf } from '../../plan/attach-to-guest.ts';
import { type GuestReport, requireUnchanged } from '../../plan/guest-plan.ts';
import { requireSameGuest, requireSameRun } from '../../plan/guest-scope.ts';
import { missingIn } from '../../plan/unchanged.ts';
import { sourcesIn } from '../../state/guest-state.ts';
import type { AppContext } from '../context.ts';
import { hostArchitecture } from '../place-options.ts';
import { assignableFunctions, planPreparesOf } from './handover.ts';
import { factsOf, refuseInDefinitionOf } from './host-of-guest.ts';
import { type GuestChangeOptions, runGuestChange } from './run-change.ts';
import { withFleetIds } from './fleet-ids.ts';
import { guestOfLibvirt, type LibvirtPlan, type OpenGuest, versionsOfGuest } from './libvirt-guest.ts';

/** What is asked for: which functions, of which guest. */
interface AttachWish {
  readonly word: string;
  readonly specs: readonly HostdevSpec[];
}

/**
 * Gives functions to a guest: all of them, in what runs and in its definition as asked for, or none. Those that it has as asked for stay as they are.
 *
 * @throws {HostdevError} whatever keeps one of them from being given; nothing is left behind then.
 */
export async function attachToGuest(context: AppContext, link: LibvirtLink, { word, specs }: AttachWish, options: GuestChangeOptions): Promise<GuestReport> {
  refuseTwice(specs.map(({ source }) => source));
  const open = guestOfLibvirt(link, word);
  return runGuestChange<LibvirtPlan>(context, options, {
    plan: async (view, told) => planAttachTo(view, link, { guest: await open(told), specs }, told),
    isLocal: link.isLocal,
    requireSameRun: (first, now) => requireSameRun(first.state, now.state),
    requireSame: (first, now) => {
      requireSameGuest(first.state, now.state);
      // The steps are not compared: what was prepared meanwhile has one less.
      requireUnchanged(now.shown, first.shown.functions, now.shown.functions);
    },
  });
}

/**
 * Plans giving a guest those of the functions that it lacks.
 *
 * @throws {HostdevError} as {@link attachToGuest}.
 */
export async function planAttachTo(
  view: AppContext,
  link: LibvirtLink,
  { guest, specs }: { readonly guest: OpenGuest; readonly specs: readonly HostdevSpec[] },
  told: GuestChangeOptions,
): Promise<LibvirtPlan> {
  const asked = missingIn(guest.state, guest.parts, specs);
  const missing = { ...asked, rest: await withFleetIds(view, link, { guest, specs: asked.rest }, told.signal) };
  const host = await readHost(view, link, { guest, specs: missing.rest }, told);
  const places = {
    ...(missing.rest.length === 0 ? {} : await versionsOfGuest(view, link, guest.state)),
    accepted: true,
    defaultArch: hostArchitecture(),
    ...(host.facts === undefined ? {} : { host: host.facts }),
  };
  return { ...guest, ...planGuestAttach(guest, missing, host, places) };
}

/** The functions' side, once it is known that they may be given: at once to what runs, at its next start to a definition. */
async function readHost(
  view: AppContext,
  link: LibvirtLink,
  { guest: { state, parts }, specs }: { readonly guest: ChangedGuest; readonly specs: readonly HostdevSpec[] },
  options: GuestChangeOptions,
): Promise<GivingHost> {
  const addresses = specs.map(({ source }) => source);
  if (specs.length === 0) return { facts: undefined, functions: [], readied: [], availableKib: undefined };
  const facts = await factsOf(view, link, addresses, options.signal);
  const availableKib = link.isLocal ? await readAvailableMemory(view.port) : undefined;
  if (parts.live) {
    const functions = await assignableFunctions(view, link, specs, { ...options, to: recipientOf(state) });
    // What is elsewhere is never readied here: an address names a function of this machine.
    return { facts, availableKib, functions, readied: link.isLocal ? await planPreparesOf(view, functions, specs) : [] };
  }
  await refuseInDefinitionOf(view, link, { added: addresses, present: sourcesIn(state.config) }, options);
  return { facts, availableKib, functions: addresses.map((address) => ({ address, driver: undefined })), readied: [] };
}
