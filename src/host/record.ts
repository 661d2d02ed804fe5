/** Recording what is read of a machine, for a snapshot. */
import type { ClaimState } from '../state/host-state.ts';
import type { Found, Snapshot } from '../state/snapshot.ts';
import { byteOrderOf } from './byte-order.ts';
import { attributesThrough, type HostPort } from './port.ts';

/** A port that reads another one and remembers; what was seen is given by `take`. */
export function recordingPort(port: HostPort): { readonly port: HostPort; readonly take: (made: string, uid: number) => Promise<Snapshot> } {
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
    take: async (made, uid) => ({
      format: 'hostdev-snapshot',
      version: 2,
      made,
      redacted: false,
      files: sorted(new Map([...files].map(([path, bytes]) => [path, encode(bytes)]))),
      links: sorted(links),
      directories: sorted(directories),
      addresses: sorted(new Map(addresses)),
      sessionAddress: port.sessionAddress ?? null,
      claims: sorted(claims),
      reader: { uid, byteOrder: port.byteOrder ?? (await byteOrderOf(port)) },
      refused: sorted(port.refused),
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
