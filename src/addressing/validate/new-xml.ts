/**
 * What a libvirt leaves out of a definition without a word, because it came later.
 *
 * Rules: docs/addressing.md §20.
 */
import type { Domain } from '../../domain/domain.ts';
import type { Problem } from '../../errors.ts';
import type { XmlElement } from '../../xml/tree.ts';
import type { Guest } from '../guest/guest.ts';
import { locationOf } from '../guest/locate.ts';
import { foundWords, type NewXml, xmlNewerThan } from '../libvirt/new-xml.ts';
import { formatVersion, type VersionNumber } from '../libvirt/version.ts';

/** Values and features that it does not know are refused instead, and iommufd has rules of its own: those are told elsewhere. */
function isLeftOut({ path }: NewXml): boolean {
  return !path.includes('=') && !path.startsWith('features/') && !path.endsWith('iommufd');
}

export function checkNewXml(guest: Guest): void {
  for (const { element, problem } of leftOutOf(guest.domain, guest.libvirt)) {
    const location = locationOf(guest, element);
    guest.problems.add({ ...problem, ...(location === undefined ? {} : { location }) });
  }
}

/** What this libvirt leaves out of a definition. */
export function leftOutOf(domain: Domain, libvirt: VersionNumber): { readonly element: XmlElement; readonly problem: Problem }[] {
  const found = xmlNewerThan(libvirt, domain.document.root).filter(({ xml }) => isLeftOut(xml));
  return found.map((each) => ({
    element: each.element,
    problem: {
      code: 'left-out',
      severity: 'warning',
      subject: foundWords(each),
      message: `libvirt ${formatVersion(libvirt)} leaves out ${foundWords(each)}, which it does not know`,
      hint: `libvirt ${formatVersion(each.xml.since)} and later do; leave it out, or do not count on it here`,
    },
  }));
}
