/** A machine that is nothing but a list of paths: files with their text, links with their target. For reading only. */
import { attributesThrough, type HostPort } from '../host/port.ts';
import type { ClaimState } from '../state/host-state.ts';

/** Path → text of a file, or `→ target` for a symbolic link. */
export type Tree = Readonly<Record<string, string>>;

export interface TreeOptions {
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  readonly sessionAddress?: string;
  /** Block devices that something holds without showing it. */
  readonly claimed?: readonly string[];
  /** What is said of block devices that are not claimed; `not asked` for a copy of a machine. */
  readonly claims?: ClaimState;
  /** Paths that are there but cannot be read. */
  readonly refused?: readonly string[];
}

export function treePort(tree: Tree, options: TreeOptions = {}): HostPort {
  const paths = Object.keys(tree);
  const refused = new Map((options.refused ?? []).map((path) => [path, 'EACCES']));
  const entry = (path: string): string | undefined => (refused.has(path) ? undefined : tree[path]);
  const read: HostPort['read'] = async (path) => {
    const text = entry(path);
    return text === undefined || text.startsWith('→ ') ? undefined : new TextEncoder().encode(text);
  };
  return {
    live: false,
    byteOrder: 'little',
    refused,
    read,
    attributes: attributesThrough(read),
    list: async (path) => {
      if (refused.has(path)) return undefined;
      const below = paths.filter((candidate) => candidate.startsWith(`${path}/`)).map((candidate) => candidate.slice(path.length + 1).split('/')[0] ?? '');
      return below.length === 0 ? undefined : [...new Set(below)].sort();
    },
    readlink: async (path) => {
      const text = entry(path);
      return text?.startsWith('→ ') === true ? text.slice(2) : undefined;
    },
    addresses: async () => new Map(Object.entries(options.addresses ?? {})),
    sessionAddress: options.sessionAddress,
    claimState: async (path) => (options.claimed?.includes(path) === true ? 'claimed' : (options.claims ?? 'free')),
    write: async (path) => {
      throw new Error(`${path} is for reading only`);
    },
    replaceFile: async (path) => {
      throw new Error(`${path} is for reading only`);
    },
    run: async (program) => {
      throw new Error(`${program} cannot be run here`);
    },
    loadModule: async () => undefined,
  };
}
