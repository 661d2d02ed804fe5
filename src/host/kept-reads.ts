/** A machine that is looked at over and over: what belongs to one function, and what takes long to ask, is kept until it is forgotten. */
import type { HostPort } from './port.ts';
import { readOnce } from './read-once.ts';

export interface KeptReads {
  /** Answers from what is kept; what is not kept, as mounts, routes and files, is read each time. */
  readonly port: HostPort;
  /** The machine itself, as it is now. */
  readonly origin: HostPort;
  /** Functions, by their names in sysfs, are read anew. */
  readonly forgetFunctions: (names: Iterable<string>) => void;
  /** What programs have open, which addresses there are and what claims disks is asked anew. */
  readonly forgetUsers: () => void;
  readonly forgetAll: () => void;
}

/** Keeps what was read through `port`. What is being read when it is forgotten is read again as well. */
export function keptReads(port: HostPort): KeptReads {
  const functions = new Map<string, HostPort>();
  let users = readOnce(port);
  const keptFor = (path: string): HostPort => {
    const name = functionIn(path);
    if (name !== undefined) {
      const known = functions.get(name);
      if (known !== undefined) return known;
      const kept = readOnce(port);
      functions.set(name, kept);
      return kept;
    }
    return isOfProcess(path) ? users : port;
  };
  return {
    origin: port,
    port: {
      ...port,
      read: (path, limit) => keptFor(path).read(path, limit),
      attributes: (directory, names) => keptFor(directory).attributes(directory, names),
      list: (path) => keptFor(path).list(path),
      readlink: (path) => keptFor(path).readlink(path),
      addresses: () => users.addresses(),
      claimState: (path) => users.claimState(path),
    },
    forgetFunctions: (names) => {
      for (const name of names) functions.delete(name);
    },
    forgetUsers: () => {
      users = readOnce(port);
    },
    forgetAll: () => {
      functions.clear();
      users = readOnce(port);
    },
  };
}

const DEVICES = '/sys/bus/pci/devices/';

/** The name of the function that a path belongs to. */
function functionIn(path: string): string | undefined {
  if (!path.startsWith(DEVICES)) return undefined;
  const end = path.indexOf('/', DEVICES.length);
  return path.slice(DEVICES.length, end === -1 ? undefined : end);
}

/** `/proc` itself and what is below the number of a process. */
function isOfProcess(path: string): boolean {
  return path === '/proc' || /^\/proc\/\d/.test(path);
}
