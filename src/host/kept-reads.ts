/** A machine that is looked at over and over: what belongs to one function, and what takes long to ask, is kept until it is forgotten. */
import type { HostPort } from './port.ts';
import { readOnce } from './read-once.ts';

export interface KeptReads {
  /** Answers from what is kept; what is not kept, as mounts, routes and files, is read each time. */
  readonly port: HostPort;
  /** The machine itself, as it is now. */
  readonly origin: HostPort;
  /** Functions, by their names in sysfs, are read anew. */
  readonly forgetFunctions: (names: readonly string[]) => void;
  /** What programs have open, which addresses there are and what claims disks is asked anew. */
  readonly forgetUsers: () => void;
  readonly forgetAll: () => void;
  /** Has everything read anew, while the port goes on answering from what was kept before; then that is what is kept. */
  readonly renew: (read: (port: HostPort) => Promise<unknown>) => Promise<void>;
}

/** Keeps what was read through `port`. What is being read when it is forgotten is read again as well. */
export function keptReads(port: HostPort): KeptReads {
  let kept = emptyDrawers(port);
  const renewed = new Set<Drawers>();
  const each = (act: (drawers: Drawers) => void): void => [kept, ...renewed].forEach(act);
  return {
    origin: port,
    port: portOver(port, () => kept),
    forgetFunctions: (names) => each(({ functions }) => names.forEach((name) => functions.delete(name))),
    forgetUsers: () => each((drawers) => (drawers.users = readOnce(port))),
    forgetAll: () => {
      kept = emptyDrawers(port);
      renewed.clear();
    },
    renew: async (read) => {
      const fresh = emptyDrawers(port);
      renewed.add(fresh);
      try {
        await read(portOver(port, () => fresh));
        // What was forgotten altogether meanwhile is newer.
        if (renewed.has(fresh)) kept = fresh;
      } finally {
        renewed.delete(fresh);
      }
    },
  };
}

/** What was read of each function, by its name, and of all processes. */
interface Drawers {
  readonly functions: Map<string, HostPort>;
  users: HostPort;
}

function emptyDrawers(port: HostPort): Drawers {
  return { functions: new Map(), users: readOnce(port) };
}

function portOver(port: HostPort, drawers: () => Drawers): HostPort {
  const keptFor = (path: string): HostPort => {
    const name = functionIn(path);
    if (name === undefined) return isOfProcess(path) ? drawers().users : port;
    const { functions } = drawers();
    const known = functions.get(name);
    if (known !== undefined) return known;
    const kept = readOnce(port);
    functions.set(name, kept);
    return kept;
  };
  return {
    ...port,
    read: (path, limit) => keptFor(path).read(path, limit),
    attributes: (directory, names) => keptFor(directory).attributes(directory, names),
    list: (path) => keptFor(path).list(path),
    readlink: (path) => keptFor(path).readlink(path),
    addresses: () => drawers().users.addresses(),
    claimState: (path) => drawers().users.claimState(path),
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
