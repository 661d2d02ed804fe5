/** A snapshot as a machine. */
import { HostdevError } from '../errors.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { attributesThrough, type HostPort } from './port.ts';

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
    const bytes = 'text' in found ? encode(found.text) : decodeBase64(found.base64);
    return bytes.subarray(0, limit ?? bytes.length);
  };
  return {
    live: false,
    madeAt: snapshot.made,
    refused: refusedIn(snapshot),
    byteOrder: snapshot.reader?.byteOrder,
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

/** 0.1.0 did not write down what it could not read; that it did not see what others have open tells. */
function refusedIn({ refused, directories }: Snapshot): ReadonlyMap<string, string> {
  if (refused !== undefined) return new Map(Object.entries(refused));
  const unseen = (own(directories, '/proc') ?? []).includes('1') && own(directories, '/proc/1/fd') === undefined;
  return new Map(unseen ? [['/proc/1/fd', 'EACCES']] : []);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
