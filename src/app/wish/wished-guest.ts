/** The guest that a wish names, by its name or its uuid. */
import { unlessRefused } from '../../errors.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import type { WithLibvirt } from './with-libvirt.ts';

/** @throws {HostdevError} `guest-unknown`; a number is no name of a guest, unless one is called so. */
export async function uuidOfGuest(link: LibvirtLink, guest: string, { options }: Pick<WithLibvirt, 'options'>): Promise<string> {
  return (await (await link.get(options.signal)).findNamedDomain(guest)).uuid;
}

/** Undefined where that cannot be said: whoever needs the guest says why. */
export async function uuidIfKnown({ link, options }: Pick<WithLibvirt, 'link' | 'options'>, guest: string): Promise<string | undefined> {
  return link()
    .then((found) => uuidOfGuest(found, guest, { options }))
    .catch(unlessRefused);
}
