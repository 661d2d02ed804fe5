/** Who signed an index. */
import { readCleartextMessage, verify } from 'openpgp';
import { parseKeyring } from './keyring.ts';

/**
 * The text of a signed file, once the keyring (armoured keys) vouches for it.
 *
 * @throws when no key of the keyring has signed it, or it was changed since.
 */
export async function verifiedText(signed: string, keyring: string): Promise<string> {
  const message = await readCleartextMessage({ cleartextMessage: signed });
  const { data, signatures } = await verify({ message, verificationKeys: await parseKeyring(keyring) });
  const outcomes = await Promise.allSettled(signatures.map(({ verified }) => verified));
  if (outcomes.some(({ status }) => status === 'fulfilled')) return data;
  const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error).message : '')).join('; ');
  throw new Error(reasons === '' ? 'it has no signature' : reasons);
}
