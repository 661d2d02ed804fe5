/** `hostdev ports GUEST`: places where functions can be plugged in, and more of them. */
import type { SpokenFor } from '../../addressing/libvirt/spoken-for.ts';
import type { PlaceOptions } from '../../addressing/place.ts';
import { HostdevError } from '../../errors.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { guestVersions } from '../../plan/attach-to-guest.ts';
import { type FreePlaces, freePlacesOf, withPorts } from '../../plan/ports.ts';
import type { AppContext } from '../context.ts';
import { hostArchitecture } from '../place-options.ts';
import { versionsOfGuest } from './libvirt-guest.ts';

export interface PortsReport extends FreePlaces {
  readonly guest: string;
  readonly state: string;
  readonly added: number;
  /** Which libvirt and QEMU have the guest. */
  readonly versions: SpokenFor;
  /** Elements that were added, or would be. */
  readonly elements: readonly string[];
  readonly applied: boolean;
}

/**
 * Counts the free places, and adds ports to the definition; they are there after the guest's next start.
 *
 * @throws {HostdevError} `guest-transient`, `option-conflict` where the guest needs no ports, ….
 */
export async function guestPorts(
  context: AppContext,
  link: LibvirtLink,
  word: string,
  { add, dryRun }: { readonly add: number; readonly dryRun: boolean },
): Promise<PortsReport> {
  const libvirt = await link.get();
  const guest = await openGuest(libvirt, word);
  const { ref, state, config } = guest;
  const options: PlaceOptions = { ...(await versionsOfGuest(context, link, guest)), newDefinition: false, accepted: true, defaultArch: hostArchitecture() };
  const places = freePlacesOf(guest, options);
  const report = { guest: ref.name, state, ...places, versions: guestVersions(guest, options), added: 0, elements: [], applied: false };
  if (add === 0) return report;
  if (config === undefined) throw new HostdevError('guest-transient', `${ref.name} has no definition that ports could be added to`, { subject: ref.name });
  // With everything that must not get lost: passwords of consoles are left out otherwise.
  const whole = await libvirt.domainXml(ref, { inactive: true, secure: true });
  const { xml, elements } = withPorts(whole, add, options);
  if (dryRun) return { ...report, added: add, elements };
  // A definition is replaced as a whole: what somebody else has written meanwhile must not get lost.
  if ((await libvirt.domainXml(ref, { inactive: true, secure: true })) !== whole) {
    throw new HostdevError('guest-changed', `${ref.name} was changed by somebody else meanwhile; nothing was written`, {
      subject: ref.name,
      hint: 'run the command again',
    });
  }
  await libvirt.defineDomain(xml);
  return { ...report, added: add, elements, applied: true, config: freePlacesOf({ live: undefined, config: xml }, options).config };
}
