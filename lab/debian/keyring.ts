/** Keys of Debian's archives. */
import { readFile } from 'node:fs/promises';
import { type Key, readKey, readKeys } from 'openpgp';

/** The keys of an armoured keyring: a block each. */
export function parseKeyring(text: string): Promise<Key[]> {
  return Promise.all(
    text
      .split(/(?=-----BEGIN PGP PUBLIC KEY BLOCK-----)/)
      .filter((block) => block.trim() !== '')
      .map((armoredKey) => readKey({ armoredKey })),
  );
}

/** Keys of files, binary or armoured, as one armoured text without those that have been revoked or are past their end. */
export async function readKeyring(files: readonly string[]): Promise<string> {
  const armoured = new Map<string, string>();
  for (const file of files) {
    const bytes = await readFile(file);
    const isArmoured = bytes.subarray(0, 5).toString() === '-----';
    for (const key of isArmoured ? await parseKeyring(bytes.toString()) : await readKeys({ binaryKeys: bytes })) {
      const expires = await key.getExpirationTime();
      const isOver = (await key.isRevoked()) || (expires !== null && expires !== Number.POSITIVE_INFINITY && expires < new Date());
      if (!isOver) armoured.set(key.getFingerprint(), key.armor().replaceAll('\r', '').trim());
    }
  }
  return [...armoured]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text)
    .join('\n');
}
