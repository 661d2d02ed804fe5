/** The one way to the machine: every path is absolute as the kernel shows it, whatever tree is behind it. */
import type { ClaimState } from '../state/host-state.ts';
import type { ByteOrder } from '../state/snapshot.ts';

/** What one machine shows in /sys, /proc, /dev and /etc; missing things are undefined, not errors. */
export interface HostReader {
  /** Bytes of a file, at most `limit` of them; undefined when it is not there or went away. */
  readonly read: (path: string, limit?: number) => Promise<Uint8Array | undefined>;
  /** Texts of attributes of one directory, as `readText` gives each; those that are not there or empty are left out. */
  readonly attributes: (directory: string, names: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Names in a directory, sorted; undefined when it is not there. */
  readonly list: (path: string) => Promise<readonly string[] | undefined>;
  /** Target of a symbolic link, as written; undefined when it is not there. */
  readonly readlink: (path: string) => Promise<string | undefined>;
  /** IP addresses of each network interface that has any. */
  readonly addresses: () => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Address of this machine that the user's ssh session came in on; undefined without one. */
  readonly sessionAddress: string | undefined;
  /** Whether a block device is claimed by something: only then may an exclusive opening fail. */
  readonly claimState: (path: string) => Promise<ClaimState>;
  /** When a copy of a machine was made, ISO 8601; missing for one that is looked at now, and for a copy that does not say. */
  readonly madeAt?: string | undefined;
  /** How this machine's CPU writes numbers; undefined for a copy that does not say. */
  readonly byteOrder: ByteOrder | undefined;
  /** Paths that were there when they were last looked at but could not be read, with the reason (`EACCES`); it grows while one reads. */
  readonly refused: ReadonlyMap<string, string>;
}

/** Reads and changes of one machine. */
export interface HostPort extends HostReader {
  /**
   * Writes text to an existing file (a kernel attribute) in one write. One that the kernel may hold for long is
   * bounded in time; it then fails with the code ESTUCK, while the kernel goes on.
   */
  readonly write: (path: string, text: string) => Promise<void>;
  /** Replaces a file whole, through the disk; without text it is removed. */
  readonly replaceFile: (path: string, text: string | undefined, mode?: number) => Promise<void>;
  /** Runs a program of the system, bounded in time and output; gives what it printed. */
  readonly run: (program: string, args: readonly string[]) => Promise<string>;
  /** Loads a kernel module by name. */
  readonly loadModule: (name: string) => Promise<void>;
  /** Whether this is the running machine, as opposed to a copy of another one's sysfs. */
  readonly live: boolean;
  /** Hears what the kernel tells of functions until that is no longer wanted, or ends by itself; missing where the kernel cannot be heard. */
  readonly hearKernel?: ((hearing: KernelHearing) => Promise<void>) | undefined;
}

/** What somebody who hears the kernel is told. */
export interface KernelHearing {
  /** From now on nothing is missed. */
  readonly onBegin: () => void;
  /** A function has come or gone, was bound, unbound or changed: its name in sysfs, `0000:01:00.0`. */
  readonly onFunction: (name: string) => void;
  /** Resolves when nobody wants to hear any more. */
  readonly until: Promise<unknown>;
}

const decoder = new TextDecoder();

/** Text of an attribute without its line end; undefined when it is not there or empty. */
export async function readText(port: HostReader, path: string, limit = 4096): Promise<string | undefined> {
  const bytes = await port.read(path, limit);
  if (bytes === undefined) return undefined;
  const text = decoder.decode(bytes).trimEnd();
  return text === '' ? undefined : text;
}

/** `attributes` for ports that have no faster way than reading one after the other. */
export function attributesThrough(read: HostReader['read']): HostReader['attributes'] {
  return async (directory, names) => {
    const found = new Map<string, string>();
    for (const name of names) {
      const bytes = await read(`${directory}/${name}`, 4096);
      const text = bytes === undefined ? '' : decoder.decode(bytes).trimEnd();
      if (text !== '') found.set(name, text);
    }
    return found;
  };
}

/** A number in C's notation; undefined when it is none. */
export function parseAttribute(text: string | undefined): number | undefined {
  return text !== undefined && /^-?(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : undefined;
}

/** A numeric attribute in C's notation; undefined when it is not there or not a number. */
export async function readNumber(port: HostReader, path: string): Promise<number | undefined> {
  return parseAttribute(await readText(port, path));
}

/** Last part of a link's target: the driver, the group, the parent. */
export async function readLinkName(port: HostReader, path: string): Promise<string | undefined> {
  const target = await port.readlink(path);
  return target === undefined ? undefined : target.slice(target.lastIndexOf('/') + 1);
}
