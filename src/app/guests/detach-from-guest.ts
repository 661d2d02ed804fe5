/** `hostdev detach GUEST`: functions back from a guest of libvirt. */
import { libvirtGuest } from '../../guest/libvirt/libvirt-guest.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { planDetach } from '../../plan/detach.ts';
import { type FunctionPlan, type GuestReport, placeOf, showChanges } from '../../plan/guest-plan.ts';
import { scopeParts } from '../../plan/guest-scope.ts';
import { type DeviceSelector, findDevice, formatSelector, type GuestParts, type GuestState } from '../../state/guest-state.ts';
import type { AppContext } from '../context.ts';
import { type GuestChangeOptions, type PlannedGuestChange, runGuestChange, SAME_GUEST_AND_STEPS } from './run-change.ts';

interface DetachPlan extends PlannedGuestChange {
  readonly state: GuestState;
}

/** What is asked for: which devices, of which guest. */
export interface DetachWish {
  readonly word: string;
  readonly selectors: readonly DeviceSelector[];
}

/**
 * Takes functions from a guest: all of them or none. The guest that runs has to let go first; its definition is changed after that.
 *
 * @throws {HostdevError} `hostdev-absent`, `guest-holds-on`, ….
 */
export async function detachFromGuest(
  context: AppContext,
  link: LibvirtLink,
  { word, selectors }: DetachWish,
  options: GuestChangeOptions,
): Promise<GuestReport> {
  let name = word;
  const plan = async (_: AppContext, told: GuestChangeOptions): Promise<DetachPlan> => {
    const state = await openGuest(await link.get(told.signal), name);
    name = state.ref.uuid;
    const parts = scopeParts(state, told.scope);
    const guest = libvirtGuest(link, state.ref);
    const changes = selectors.map((selector) => planDetach(guest, state, parts, selector));
    const functions = selectors.map((selector) => shownFunction(state, parts, selector));
    const { ref } = state;
    const shown = {
      verb: 'detach' as const,
      guest: ref.name,
      uuid: ref.uuid,
      state: state.state,
      functions,
      steps: showChanges(changes),
      notes: [],
      versions: null,
    };
    return { state, guest, changes, shown };
  };
  return runGuestChange(context, options, {
    plan,
    isLocal: link.isLocal,
    ...SAME_GUEST_AND_STEPS,
  });
}

function shownFunction(state: GuestState, parts: GuestParts, selector: DeviceSelector): FunctionPlan {
  const live = parts.live ? findDevice(state.live, selector) : undefined;
  const config = parts.config ? findDevice(state.config, selector) : undefined;
  return { address: formatSelector(selector), ...placeOf((live ?? config)?.address), live: live !== undefined, config: config !== undefined };
}
