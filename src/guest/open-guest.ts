/** The guest that a record of the journal names. */
import { HostdevError } from '../errors.ts';
import { connectLibvirt } from '../libvirt/index.ts';
import type { State } from '../plan/transition.ts';
import { LibvirtLink } from './libvirt/link.ts';
import { libvirtGuest } from './libvirt/libvirt-guest.ts';
import type { GuestPort } from './port.ts';
import { openQmpGuest } from './qmp/qmp-guest.ts';

/**
 * Connects to the guest that a record names, by the URI and the id that it has there.
 *
 * @throws {HostdevError} when nobody can be asked.
 */
export async function openGuestOf({ uri, guest }: State): Promise<GuestPort> {
  if (uri === undefined || uri === null || guest === undefined || guest === null) {
    throw new HostdevError('guest-unknown', 'the record does not say which guest it was', { hint: "look at it in 'hostdev history'" });
  }
  if (uri.startsWith('qmp:')) return (await openQmpGuest(guest)) ?? endedGuest(uri, guest);
  const link = await LibvirtLink.open(() => connectLibvirt(uri));
  return { ...libvirtGuest(link, { name: guest, uuid: guest, id: -1 }), close: () => link.close() };
}

/** A guest that has ended has nothing. */
function endedGuest(uri: string, id: string): GuestPort {
  const gone = (): never => {
    throw new HostdevError('guest-not-running', `the guest of ${uri} has ended`, { subject: uri });
  };
  return {
    ...{ uri, id, name: uri, find: async () => undefined, definition: async () => undefined, close: async () => undefined },
    ...{ attachDevice: async () => gone(), detachDevice: async () => gone(), addRootPorts: async () => gone() },
  };
}
