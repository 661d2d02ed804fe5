/**
 * What a libvirt leaves out of a definition without a word, because it came later.
 *
 * Rules: docs/addressing.md §20.
 */
import type { Guest } from '../guest/guest.ts';
import { locationOf } from '../guest/locate.ts';
import { foundWords, type NewXml, xmlNewerThan } from '../libvirt/new-xml.ts';
import { formatVersion } from '../libvirt/version.ts';

/** Values and features that it does not know are refused instead, and iommufd has rules of its own: those are told elsewhere. */
function isLeftOut({ path }: NewXml): boolean {
  return !path.includes('=') && !path.startsWith('features/') && !path.endsWith('iommufd');
}

export function checkNewXml(guest: Guest): void {
  for (const found of xmlNewerThan(guest.libvirt, guest.domain.document.root)) {
    if (!isLeftOut(found.xml)) continue;
    const location = locationOf(guest, found.element);
    guest.problems.add({
      code: 'left-out',
      severity: 'warning',
      subject: foundWords(found),
      message: `libvirt ${formatVersion(guest.libvirt)} leaves out ${foundWords(found)}, which it does not know`,
      hint: `libvirt ${formatVersion(found.xml.since)} and later do; leave it out, or do not count on it here`,
      ...(location === undefined ? {} : { location }),
    });
  }
}
