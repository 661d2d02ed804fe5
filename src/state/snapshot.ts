/** A machine as a file: everything that reading it looked at, to be looked at again somewhere else. Plain data; the text is JSON. */
import { HostdevError } from '../errors.ts';
import type { ClaimState } from './host-state.ts';

/** How the CPU writes numbers of several bytes: the kernel prints some of them as they lie in memory. */
export type ByteOrder = 'little' | 'big';

/** Content of a file: text, or bytes in base64; what is not there is left out. */
export type Found = { readonly text: string } | { readonly base64: string };

/** Who read the machine, and what its kernel's numbers mean. */
interface SnapshotReader {
  /** User id; others than 0 do not see everything. */
  readonly uid: number;
  readonly byteOrder: ByteOrder;
}

export interface Snapshot {
  readonly format: 'hostdev-snapshot';
  /** 1 is what 0.1.0 wrote: without reader and refused. */
  readonly version: 1 | 2;
  /** ISO 8601. */
  readonly made: string;
  readonly redacted: boolean;
  readonly files: Readonly<Record<string, Found>>;
  readonly links: Readonly<Record<string, string>>;
  readonly directories: Readonly<Record<string, readonly string[]>>;
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  readonly sessionAddress: string | null;
  readonly claims: Readonly<Record<string, ClaimState>>;
  readonly reader?: SnapshotReader;
  /** Paths that were there but could not be read, and why. */
  readonly refused?: Readonly<Record<string, string>>;
}

/**
 * Reads what `hostdev snapshot` printed.
 *
 * @throws {HostdevError} `snapshot-malformed`.
 * @example
 * ```ts
 * import { parseSnapshot } from 'hostdev';
 * const empty = { files: {}, links: {}, directories: {}, addresses: {}, sessionAddress: null, claims: {} };
 * const text = JSON.stringify({ format: 'hostdev-snapshot', version: 1, made: '2026-01-01T00:00:00Z', redacted: false, ...empty });
 * console.log(parseSnapshot(text, 'host.json').made); // → 2026-01-01T00:00:00Z
 * ```
 */
export function parseSnapshot(text: string, name: string): Snapshot {
  const malformed = (message: string, cause?: unknown, hint = 'make it on the other host: hostdev snapshot > host.json'): HostdevError =>
    new HostdevError('snapshot-malformed', `${name}: ${message}`, { subject: name, hint, cause });
  let value: unknown;
  try {
    // Editors of some systems put a mark before the text.
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw malformed(`not JSON: ${(error as Error).message}`, error);
  }
  if (!isRecord(value) || value['format'] !== 'hostdev-snapshot') throw malformed('not a snapshot of a host');
  const version = value['version'];
  if (typeof version === 'number' && Number.isInteger(version) && version > 2) {
    throw malformed(
      `it is of version ${version}, and this hostdev knows versions up to 2`,
      undefined,
      'look at it with the hostdev that made it, or a newer one',
    );
  }
  if (version !== 1 && version !== 2) throw malformed('its version is no number that hostdev writes');
  const maps = { files: isFound, links: isString, directories: isStrings, addresses: isStrings, claims: isClaim } as const;
  for (const [key, fits] of Object.entries(maps)) {
    const map = value[key];
    if (!isRecord(map)) throw malformed(`${key} is missing`);
    const wrong = Object.entries(map).find(([, each]) => !fits(each));
    if (wrong !== undefined) throw malformed(`${key}: ${wrong[0]} is not what it should be`);
  }
  const session = value['sessionAddress'];
  if (session !== null && !isString(session)) throw malformed('sessionAddress is no text');
  if (!isString(value['made']) || typeof value['redacted'] !== 'boolean') throw malformed('it does not say when it was made, and whether it is redacted');
  // Version 1 has neither; where they stand all the same, they are read all the same.
  const { reader, refused } = value;
  const isOld = version === 1;
  if (!(isOld && reader === undefined) && !isReader(reader)) throw malformed('reader is missing: who read the machine, in which byte order');
  if (!(isOld && refused === undefined) && !(isRecord(refused) && Object.values(refused).every(isString))) throw malformed('refused is missing');
  return value as unknown as Snapshot;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every(isString);
}

function isFound(value: unknown): boolean {
  return isRecord(value) && (isString(value['text']) || (isString(value['base64']) && BASE64.test(value['base64'])));
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function isClaim(value: unknown): boolean {
  return ['free', 'claimed', 'unreadable', 'not asked'].includes(value as string);
}

function isReader(value: unknown): boolean {
  return isRecord(value) && Number.isInteger(value['uid']) && ['little', 'big'].includes(value['byteOrder'] as string);
}
