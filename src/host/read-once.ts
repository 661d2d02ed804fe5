/** A view of a machine for one plan: every path is looked at once, however many planners ask, so that all of them see the same. */
import { ASKED_ADDRESSES } from '../state/network-uses.ts';
import { attributesThrough, type HostPort, type HostReader } from './port.ts';

/** Reads are remembered; what changes something goes through and is not reflected: a view is for looking, and made anew after a change. */
export function readOnce<P extends HostReader>(port: P): P {
  const lists = new Map<string, ReturnType<HostPort['list']>>();
  const links = new Map<string, ReturnType<HostPort['readlink']>>();
  const claims = new Map<string, ReturnType<HostPort['claimState']>>();
  const files = new Map<string, { readonly limit: number; readonly bytes: ReturnType<HostPort['read']> }>();
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
    const before = files.get(path);
    const isWhole = before !== undefined && (limit <= before.limit || ((await before.bytes)?.length ?? 0) < before.limit);
    if (before !== undefined && isWhole) return (await before.bytes)?.subarray(0, limit);
    const bytes = noting(path, port.read(path, limit));
    files.set(path, { limit, bytes });
    return bytes;
  };
  const attributes: HostPort['attributes'] = async (directory, names) => {
    const unseen = names.filter((name) => !files.has(`${directory}/${name}`));
    const found = await port.attributes(directory, unseen);
    for (const name of unseen) {
      const [path, text] = [`${directory}/${name}`, found.get(name)];
      const reason = port.refused.get(path);
      if (reason !== undefined) refused.set(path, reason);
      // What is empty and what is not there look the same here; who needs to know reads the file.
      if (text !== undefined || reason !== undefined) files.set(path, { limit: ATTRIBUTE_LIMIT, bytes: Promise.resolve(encode(text)) });
    }
    return unseen.length === names.length ? found : attributesThrough(read)(directory, names);
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

/** What a port reads of a file when it is not told otherwise. */
const DEFAULT_LIMIT = 64 * 1024;

const ATTRIBUTE_LIMIT = 4096;

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
