/** A guest of libvirt whose change is planned, more than once perhaps. */
import { libvirtGuest } from '../../guest/libvirt/libvirt-guest.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import type { GuestPort } from '../../guest/port.ts';
import type { ChangedGuest } from '../../plan/attach-to-guest.ts';
import { scopeParts } from '../../plan/guest-scope.ts';
import { readDomain } from '../../domain/domain.ts';
import type { GuestState } from '../../state/guest-state.ts';
import type { AppContext } from '../context.ts';
import type { Versions } from '../guest-versions.ts';
import { guestQemu } from '../place-options.ts';
import { connectionVersions } from './connection-versions.ts';
import type { GuestChangeOptions, PlannedGuestChange } from './run-change.ts';

/** A guest with the way to it. */
export interface OpenGuest extends ChangedGuest {
  readonly guest: GuestPort;
}

/** A change of a guest of libvirt, planned. */
export type LibvirtPlan = PlannedGuestChange & OpenGuest;

/** Opens the guest that a word names; once it is found, always that one, whatever is called so by then. */
export function guestOfLibvirt(link: LibvirtLink, word: string): (options: GuestChangeOptions) => Promise<OpenGuest> {
  let found = word;
  return async ({ signal, scope }) => {
    const state = await openGuest(await link.get(signal), found);
    found = state.ref.uuid;
    const guest = libvirtGuest(link, state.ref);
    return { state, parts: scopeParts(state, scope), guest, name: guest };
  };
}

/** The libvirt and the QEMU that have a guest. */
export async function versionsOfGuest(context: AppContext, link: LibvirtLink, { live, config }: GuestState): Promise<Versions> {
  return connectionVersions(link, guestQemu(readDomain(live ?? config ?? '')), context);
}
