/** A machine as a file: everything that reading it looked at, to be looked at again somewhere else. */
import { HostdevError } from '../errors.ts';
import type { ClaimState } from '../state/host-state.ts';
import { attributesThrough, type HostPort } from './port.ts';

/** Content of a file: text, or bytes in base64; what is not there is left out. */
type Found = { readonly text: string } | { readonly base64: string };

export interface Snapshot {
  readonly format: 'hostdev-snapshot';
  readonly version: 1;
  /** ISO 8601. */
  readonly made: string;
  readonly redacted: boolean;
  readonly files: Readonly<Record<string, Found>>;
  readonly links: Readonly<Record<string, string>>;
  readonly directories: Readonly<Record<string, readonly string[]>>;
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  readonly sessionAddress: string | null;
  readonly claims: Readonly<Record<string, ClaimState>>;
}

/** A port that reads another one and remembers; what was seen is given by `take`. */
export function recordingPort(port: HostPort): { readonly port: HostPort; readonly take: (made: string) => Snapshot } {
  const files = new Map<string, Uint8Array>();
  const links = new Map<string, string>();
  const directories = new Map<string, readonly string[]>();
  const claims = new Map<string, ClaimState>();
  let addresses: ReadonlyMap<string, readonly string[]> = new Map();
  const keep = <T>(map: Map<string, T>, path: string, value: T | undefined): T | undefined => {
    if (value !== undefined) map.set(path, value);
    return value;
  };
  const read: HostPort['read'] = async (path, limit) => {
    const bytes = await port.read(path, limit);
    const before = files.get(path);
    // The longest reading is kept: one look at 64 bytes must not cut what another one saw whole.
    if (bytes !== undefined && (before === undefined || before.length < bytes.length)) files.set(path, bytes);
    return bytes;
  };
  return {
    port: {
      ...port,
      read,
      attributes: attributesThrough(read),
      list: async (path) => keep(directories, path, await port.list(path)),
      readlink: async (path) => keep(links, path, await port.readlink(path)),
      addresses: async () => (addresses = await port.addresses()),
      claimState: async (path) => {
        const state = await port.claimState(path);
        claims.set(path, state);
        return state;
      },
    },
    take: (made) => ({
      format: 'hostdev-snapshot',
      version: 1,
      made,
      redacted: false,
      files: sorted(new Map([...files].map(([path, bytes]) => [path, encode(bytes)]))),
      links: sorted(links),
      directories: sorted(directories),
      addresses: sorted(new Map(addresses)),
      sessionAddress: port.sessionAddress ?? null,
      claims: sorted(claims),
    }),
  };
}

function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function encode(bytes: Uint8Array): Found {
  const text = new TextDecoder().decode(bytes);
  const isText = !text.includes('\u0000') && Buffer.from(text).equals(bytes);
  return isText ? { text } : { base64: Buffer.from(bytes).toString('base64') };
}

/** A port that answers from a snapshot; changing anything is an error. */
export function snapshotPort(snapshot: Snapshot): HostPort {
  const refuse = async (what: string): Promise<never> => {
    throw new HostdevError('option-conflict', `${what}: this host is a snapshot, which cannot be changed`, {
      hint: 'add --dry-run, or run it on the host itself',
    });
  };
  const read: HostPort['read'] = async (path, limit) => {
    const found = own(snapshot.files, path);
    if (found === undefined) return undefined;
    const bytes = 'text' in found ? Buffer.from(found.text) : Buffer.from(found.base64, 'base64');
    return new Uint8Array(bytes.subarray(0, limit ?? bytes.length));
  };
  return {
    live: false,
    refused: new Map(),
    read,
    attributes: attributesThrough(read),
    list: async (path) => own(snapshot.directories, path),
    readlink: async (path) => own(snapshot.links, path),
    addresses: async () => new Map(Object.entries(snapshot.addresses)),
    sessionAddress: snapshot.sessionAddress ?? undefined,
    // A disk nobody looked at is none that anything was said about.
    claimState: async (path) => own(snapshot.claims, path) ?? 'unreadable',
    write: (path) => refuse(path),
    replaceFile: (path) => refuse(path),
    run: (program) => refuse(program),
    loadModule: (name) => refuse(name),
  };
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/**
 * Reads what `hostdev snapshot` printed.
 *
 * @throws {HostdevError} `snapshot-malformed`.
 */
export function parseSnapshot(text: string, name: string): Snapshot {
  const malformed = (message: string, cause?: unknown): HostdevError =>
    new HostdevError('snapshot-malformed', `${name}: ${message}`, { subject: name, hint: 'make it on the other host: hostdev snapshot > host.json', cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(`not JSON: ${(error as Error).message}`, error);
  }
  if (!isRecord(value) || value['format'] !== 'hostdev-snapshot') throw malformed('not a snapshot of a host');
  if (value['version'] !== 1) throw malformed(`version ${String(value['version'])} is newer than this hostdev`);
  const maps = { files: isFound, links: isString, directories: isStrings, addresses: isStrings, claims: isString } as const;
  for (const [key, fits] of Object.entries(maps)) {
    const map = value[key];
    if (!isRecord(map)) throw malformed(`${key} is missing`);
    const wrong = Object.entries(map).find(([, each]) => !fits(each));
    if (wrong !== undefined) throw malformed(`${key}: ${wrong[0]} is not what it should be`);
  }
  const session = value['sessionAddress'];
  if (session !== null && !isString(session)) throw malformed('sessionAddress is no text');
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
  return isRecord(value) && (isString(value['text']) || isString(value['base64']));
}
