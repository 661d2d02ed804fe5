/** Whether what is at an address is the card that was claimed there. */
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
export function isUnique(fingerprint: string): boolean {
  const { serial = null, fid = null } = parseFingerprint(fingerprint) ?? {};
  return serial !== null || fid !== null;
}
