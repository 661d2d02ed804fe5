/** `hostdev detach GUEST`: functions back from a guest of libvirt. */
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { planGuestDetach } from '../../plan/detach-from-guest.ts';
import type { GuestReport } from '../../plan/guest-plan.ts';
import { presentIn } from '../../plan/unchanged.ts';
import type { DeviceSelector } from '../../state/guest-state.ts';
import type { AppContext } from '../context.ts';
import { guestOfLibvirt, type LibvirtPlan } from './libvirt-guest.ts';
import { type GuestChangeOptions, runGuestChange, SAME_GUEST_AND_STEPS } from './run-change.ts';

/** What is asked for: which devices, of which guest. */
export interface DetachWish {
  readonly word: string;
  readonly selectors: readonly DeviceSelector[];
}

/**
 * Takes functions from a guest: all of those that it has, or none. The guest that runs has to let go first; its definition is changed after that.
 *
 * @throws {HostdevError} `guest-holds-on`, ….
 */
export async function detachFromGuest(
  context: AppContext,
  link: LibvirtLink,
  { word, selectors }: DetachWish,
  options: GuestChangeOptions,
): Promise<GuestReport> {
  const open = guestOfLibvirt(link, word);
  return runGuestChange<LibvirtPlan>(context, options, {
    plan: async (_, told) => {
      const guest = await open(told);
      return { ...guest, ...planGuestDetach(guest, presentIn(guest.state, guest.parts, selectors)) };
    },
    isLocal: link.isLocal,
    ...SAME_GUEST_AND_STEPS,
  });
}
