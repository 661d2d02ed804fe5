/** What the definition of a guest becomes by changes that may be of several. */
import type { LibvirtConnection } from '../../app/guests/connect.ts';
import { definitionAfter } from '../../app/guests/definition-after.ts';
import type { Change } from '../../plan/change.ts';
import type { Outcome } from './use-case.ts';

/** That of the guest, where all changes of guests are of one. */
export async function definitionOfOne(link: LibvirtConnection, changes: readonly Change[]): Promise<Outcome['definition']> {
  const ofGuests = changes.filter(({ before }) => typeof before['guest'] === 'string');
  const [guest, ...others] = new Set(ofGuests.map(({ before }) => before['guest'] ?? ''));
  return guest === undefined || others.length > 0 ? undefined : definitionAfter(link, guest, ofGuests);
}
