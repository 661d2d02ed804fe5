/** A view of a machine for one plan: every path is looked at once, however many planners ask, so that all of them see the same. */
import { ASKED_ADDRESSES } from '../state/network-uses.ts';
import { attributesThrough, type HostPort, type HostReader } from './port.ts';

/** Reads are remembered; what changes something goes through and is not reflected: a view is for looking, and made anew after a change. */
export function readOnce<P extends HostReader>(port: P): P {
  const lists = new Map<string, ReturnType<HostPort['list']>>();
  const links = new Map<string, ReturnType<HostPort['readlink']>>();
  const claims = new Map<string, ReturnType<HostPort['claimState']>>();
  const files = new Map<string, { readonly limit: number; readonly bytes: ReturnType<HostPort['read']> }>();
  /** What attributes of a directory said: most of all that is read, and hardly ever asked for again. */
  const texts = new Map<string, Map<string, string | undefined>>();
  let addresses: ReturnType<HostPort['addresses']> | undefined;
  const refused = new Map<string, string>();
  /** Of what the port was ever refused, only what was looked at through this view counts. */
  const noting = async <T>(path: string, look: Promise<T>): Promise<T> => {
    const found = await look;
    const reason = port.refused.get(path);
    if (reason !== undefined) refused.set(path, reason);
    return found;
  };
  const read: HostPort['read'] = async (path, limit = DEFAULT_LIMIT) => {
    const before = files.get(path) ?? attributeOf(texts, path);
    const isWhole = before !== undefined && (limit <= before.limit || ((await before.bytes)?.length ?? 0) < before.limit);
    if (before !== undefined && isWhole) return (await before.bytes)?.subarray(0, limit);
    const bytes = noting(path, port.read(path, limit));
    files.set(path, { limit, bytes });
    return bytes;
  };
  const attributes: HostPort['attributes'] = async (directory, names) => {
    const before = texts.get(directory);
    const unseen = names.filter((name) => before?.has(name) !== true && !files.has(`${directory}/${name}`));
    const found = unseen.length === 0 ? NOTHING : await port.attributes(directory, unseen);
    const seen = before ?? new Map<string, string | undefined>();
    texts.set(directory, seen);
    for (const name of unseen) {
      const text = found.get(name);
      // What is empty and what is not there look the same here; who needs to know reads the file.
      if (text !== undefined) seen.set(name, text);
      else {
        const reason = port.refused.get(`${directory}/${name}`);
        if (reason === undefined) continue;
        refused.set(`${directory}/${name}`, reason);
        seen.set(name, undefined);
      }
    }
    if (unseen.length === names.length) return found;
    // What a file was read for may be longer than an attribute.
    if (names.some((name) => files.has(`${directory}/${name}`))) return attributesThrough(read)(directory, names);
    return new Map(names.flatMap((name): [string, string][] => pairOf(name, seen.get(name))));
  };
  return {
    ...port,
    read,
    attributes,
    refused,
    list: (path) => remember(lists, path, () => noting(path, port.list(path))),
    readlink: (path) => remember(links, path, () => noting(path, port.readlink(path))),
    claimState: (path) => remember(claims, path, () => port.claimState(path)),
    addresses: () => (addresses ??= noting(ASKED_ADDRESSES, port.addresses())),
  };
}

const NOTHING: ReadonlyMap<string, string> = new Map();

function pairOf(name: string, text: string | undefined): [string, string][] {
  return text === undefined ? [] : [[name, text]];
}

/** What a port reads of a file when it is not told otherwise. */
const DEFAULT_LIMIT = 64 * 1024;

const ATTRIBUTE_LIMIT = 4096;

function attributeOf(
  texts: ReadonlyMap<string, ReadonlyMap<string, string | undefined>>,
  path: string,
): { readonly limit: number; readonly bytes: Promise<Uint8Array | undefined> } | undefined {
  const at = path.lastIndexOf('/');
  const [seen, name] = [texts.get(path.slice(0, at)), path.slice(at + 1)];
  return seen?.has(name) === true ? { limit: ATTRIBUTE_LIMIT, bytes: Promise.resolve(encode(seen.get(name))) } : undefined;
}

function encode(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new TextEncoder().encode(text);
}

function remember<T>(map: Map<string, T>, path: string, look: () => T): T {
  const before = map.get(path);
  if (before !== undefined) return before;
  const found = look();
  map.set(path, found);
  return found;
}
