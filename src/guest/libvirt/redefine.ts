/** A definition is replaced as a whole: what somebody else has written meanwhile must not get lost. */
import type { DomainRef, Libvirt } from '../../libvirt/index.ts';

/** A definition with all that it takes to define it again: passwords of consoles are left out otherwise. */
export function readWhole(libvirt: Libvirt, ref: Pick<DomainRef, 'name' | 'uuid' | 'id'>): Promise<string> {
  return libvirt.domainXml(ref, { inactive: true, secure: true });
}

/**
 * Writes a definition anew. libvirt has no call that does so only where nobody else was there, so it is read once more right before.
 *
 * @returns whether it was written: not where `change` gives nothing, nor where somebody else has written it since it was read.
 */
export async function redefine(libvirt: Libvirt, ref: Pick<DomainRef, 'name' | 'uuid' | 'id'>, change: (xml: string) => string | undefined): Promise<boolean> {
  const whole = await readWhole(libvirt, ref);
  const changed = change(whole);
  if (changed === undefined || (await readWhole(libvirt, ref)) !== whole) return false;
  await libvirt.defineDomain(changed);
  return true;
}
