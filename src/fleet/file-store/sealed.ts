/**
 * Files of a store: a line that says what the file is, which version of it, and the checksum of all that follows. A file gets its name when it is whole;
 * one that is not as it was written has been changed by somebody else, or by the disk.
 */
import { createHash } from 'node:crypto';
import { HostdevError } from '../../errors.ts';
import { damaged } from './damage.ts';

export type SealedKind = 'transaction' | 'snapshot' | 'store';

const VERSION = 1;
const FIRST_LINE_LIMIT = 128;

export function seal(kind: SealedKind, body: string): Buffer {
  return Buffer.from(`hostdev-fleet-${kind} ${VERSION} ${checksum(body)}\n${body}`, 'utf8');
}

/** @throws HostdevError `fleet-damaged`; `fleet-newer` for a version that a newer hostdev has made */
export function unseal(kind: SealedKind, bytes: Buffer, path: string): string {
  const end = bytes.subarray(0, FIRST_LINE_LIMIT).indexOf('\n');
  const [, version, sum] = new RegExp(`^hostdev-fleet-${kind} ([1-9][0-9]{0,5}) ([0-9a-f]{64})$`).exec(bytes.toString('latin1', 0, Math.max(end, 0))) ?? [];
  if (version === undefined) throw damaged(path, `it does not begin as a ${kind} does`);
  if (Number(version) > VERSION) {
    throw new HostdevError('fleet-newer', `${path} was written by a newer hostdev (format ${version}, known is ${VERSION})`, {
      subject: path,
      hint: 'install the newer hostdev on this host too',
    });
  }
  const body = bytes.toString('utf8', end + 1);
  if (checksum(body) !== sum) throw damaged(path, 'its checksum is another one');
  return body;
}

function checksum(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}
