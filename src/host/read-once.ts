/** A view of a machine for one plan: every path is looked at once, however many planners ask, so that all of them see the same. */
import { attributesThrough, type HostPort } from './port.ts';

/** Reads are remembered; what changes something goes through and is not reflected: a view is for looking, and made anew after a change. */
export function readOnce(port: HostPort): HostPort {
  const lists = new Map<string, ReturnType<HostPort['list']>>();
  const links = new Map<string, ReturnType<HostPort['readlink']>>();
  const claims = new Map<string, ReturnType<HostPort['claimState']>>();
  const files = new Map<string, { readonly limit: number; readonly bytes: ReturnType<HostPort['read']> }>();
  let addresses: ReturnType<HostPort['addresses']> | undefined;
  const read: HostPort['read'] = async (path, limit = DEFAULT_LIMIT) => {
    const before = files.get(path);
    const isWhole = before !== undefined && (limit <= before.limit || ((await before.bytes)?.length ?? 0) < before.limit);
    if (before !== undefined && isWhole) return (await before.bytes)?.subarray(0, limit);
    const bytes = port.read(path, limit);
    files.set(path, { limit, bytes });
    return bytes;
  };
  const attributes: HostPort['attributes'] = async (directory, names) => {
    const unseen = names.filter((name) => !files.has(`${directory}/${name}`));
    const found = await port.attributes(directory, unseen);
    for (const name of unseen) files.set(`${directory}/${name}`, { limit: ATTRIBUTE_LIMIT, bytes: Promise.resolve(encode(found.get(name))) });
    return unseen.length === names.length ? found : attributesThrough(read)(directory, names);
  };
  return {
    ...port,
    read,
    attributes,
    list: (path) => remember(lists, path, () => port.list(path)),
    readlink: (path) => remember(links, path, () => port.readlink(path)),
    claimState: (path) => remember(claims, path, () => port.claimState(path)),
    addresses: () => (addresses ??= port.addresses()),
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
