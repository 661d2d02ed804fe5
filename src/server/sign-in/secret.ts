/** Secrets: made, kept as hashes, compared without telling how much of them was right. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits, in letters that a link may have. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function isSecret(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(hash));
}
