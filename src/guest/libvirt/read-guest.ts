/** Reading a guest of libvirt: what runs of it, and its definition. */
import { HostdevError } from '../../errors.ts';
import type { DomainRef, Libvirt } from '../../libvirt/index.ts';
import type { GuestState } from '../../state/guest-state.ts';

/** @throws {HostdevError} `guest-unknown`. */
export async function openGuest(libvirt: Libvirt, word: string): Promise<GuestState> {
  return readFound(libvirt, await libvirt.findDomain(word));
}

/** A guest that is known already, as it is now: its number changes when it starts and ends. */
export function readGuest(libvirt: Libvirt, { uuid }: DomainRef): Promise<GuestState> {
  return openGuest(libvirt, uuid);
}

/** Undefined for a guest that is not there any more; any other failure stays one. */
export function unlessGone(error: unknown): undefined {
  if (error instanceof HostdevError && error.code === 'guest-unknown') return undefined;
  throw error;
}

/** What there is of a guest that was found just now. */
export async function readFound(libvirt: Libvirt, ref: DomainRef): Promise<GuestState> {
  const [state, persistent] = await Promise.all([libvirt.domainState(ref), libvirt.isPersistent(ref)]);
  const running = ref.id !== -1;
  const [live, config] = await Promise.all([running ? libvirt.domainXml(ref) : undefined, persistent ? libvirt.domainXml(ref, { inactive: true }) : undefined]);
  return { ref, state, live, config };
}
