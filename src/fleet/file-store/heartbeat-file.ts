/** One small file for each key that goes when its writer is silent: which key as written when, and a number that grows while the writer lives. */
import { createHash } from 'node:crypto';
import type { Entry } from '../store/store.ts';

export interface Heartbeat {
  readonly key: string;
  readonly seconds: number;
  /** Which writing of the key it is about; before that is known, what is going to be written, and after which revision. */
  readonly written: { readonly at: bigint } | { readonly after: bigint; readonly checksum: string };
}

export const HEARTBEAT_LIMIT = 2048;
/** One length while the number grows: what is written over is never longer than what is written. */
const DIGITS = 12;

export function encodeHeartbeat({ key, seconds, written }: Heartbeat, beats: number): Buffer {
  const about = 'at' in written ? { at: `${written.at}` } : { after: `${written.after}`, checksum: written.checksum };
  return Buffer.from(`${JSON.stringify({ beats: `${beats}`.padStart(DIGITS, '0'), key, seconds, ...about })}\n`, 'utf8');
}

/** undefined for what is none, or is just being written. */
export function decodeHeartbeat(bytes: Buffer): Heartbeat | undefined {
  try {
    const { key, seconds, at, after, checksum } = JSON.parse(bytes.toString('utf8')) as Readonly<Record<string, unknown>>;
    if (typeof key !== 'string' || typeof seconds !== 'number') return undefined;
    if (typeof at === 'string') return { key, seconds, written: { at: BigInt(at) } };
    if (typeof after !== 'string' || typeof checksum !== 'string') return undefined;
    return { key, seconds, written: { after: BigInt(after), checksum } };
  } catch {
    return undefined;
  }
}

export const checksumOf = (value: Uint8Array): string => createHash('sha256').update(value).digest('hex');

/** Whether a key is still what its heartbeat is about. */
export function isAbout({ written }: Heartbeat, { modified, value }: Entry): boolean {
  return 'at' in written ? modified === written.at : modified > written.after && checksumOf(value) === written.checksum;
}
