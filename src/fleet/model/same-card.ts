/** Whether what is at an address is the card that was claimed there. */
import type { Claim, PublishedFunction } from './records.ts';
import { type Fingerprint, fingerprintDifferences, parseFingerprint } from '../../state/fingerprint.ts';

/** What differs, in words; nothing where one of the texts says nothing that can be compared. */
export function cardDifferences(claimed: string, now: string): string[] {
  const [before, after] = [parseFingerprint(claimed), parseFingerprint(now)];
  return before === undefined || after === undefined ? [] : fingerprintDifferences(ofCard(before), ofCard(after));
}

/** Without its place, which a key says, and its MAC address, which guests change. */
function ofCard(fingerprint: Fingerprint): Fingerprint {
  return { ...fingerprint, place: null, mac: null };
}

/** Whether a card can be told from others of its kind: only then is it found again elsewhere. */
function isUnique(fingerprint: string): boolean {
  const { serial = null, fid = null } = parseFingerprint(fingerprint) ?? {};
  return serial !== null || fid !== null;
}

/** Where on its host the card of a claim is instead; undefined where it is nowhere, or cannot be told from others of its kind. */
export function movedTo(
  { function: key, fingerprint }: Pick<Claim, 'function' | 'fingerprint'>,
  functions: readonly PublishedFunction[],
): PublishedFunction | undefined {
  if (!isUnique(fingerprint)) return undefined;
  const found = functions.filter((each) => each.key !== key && isUnique(each.fingerprint) && cardDifferences(fingerprint, each.fingerprint).length === 0);
  return found.length === 1 ? found[0] : undefined;
}
