/**
 * What a libvirt leaves out of a definition without a word, because it came later.
 *
 * Rules: docs/addressing.md §20.
 */
import type { Domain } from '../../domain/domain.ts';
import type { Problem } from '../../errors.ts';
import { locationIn } from '../../xml/position.ts';
import type { XmlElement } from '../../xml/tree.ts';
import type { Guest } from '../guest/guest.ts';
import { locationOf } from '../guest/locate.ts';
import { type FoundXml, foundWords, type NewXml, xmlNewerThan } from '../libvirt/new-xml.ts';
import { formatVersion, type VersionNumber } from '../libvirt/version.ts';

/** Values and features that it does not know are refused instead. */
function isDropped({ path }: NewXml): boolean {
  return !path.includes('=') && !path.startsWith('features/');
}

/** iommufd has rules of its own, and is told by them. */
function isLeftOut(xml: NewXml): boolean {
  return isDropped(xml) && !xml.path.endsWith('iommufd');
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
  return found.map((each) => ({ element: each.element, problem: problemOf(each, libvirt) }));
}

/** What a libvirt leaves out and a newer one does not, iommufd too, with its place in the text. */
export function droppedBetween(domain: Domain, older: VersionNumber, newer: VersionNumber): Problem[] {
  const found = xmlNewerThan(older, domain.document.root).filter(({ xml }) => isDropped(xml) && xml.since <= newer);
  return found.map((each) => ({ ...problemOf(each, older), location: locationIn(domain.document, each.element.start, domain.file) }));
}

function problemOf(found: FoundXml, libvirt: VersionNumber): Problem {
  return {
    code: 'left-out',
    severity: 'warning',
    subject: foundWords(found),
    message: `libvirt ${formatVersion(libvirt)} leaves out ${foundWords(found)}, which it does not know`,
    hint: `libvirt ${formatVersion(found.xml.since)} and later do; leave it out, or do not count on it here`,
  };
}
