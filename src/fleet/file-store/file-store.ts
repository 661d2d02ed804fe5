/**
 * The store of a fleet in a directory that its hosts share. What happened at a revision is the file of that name in the log, whole before it gets the
 * name; the kernel, or the file server, gives a name once. docs/fleet-store.md tells on which file systems that holds.
 */
import { HostdevError } from '../../errors.ts';
import { ensureKeys, ensureLease, ensurePageWish, ensurePrefix, ensureRevision, ensureTransaction } from '../store/request.ts';
import type { Revisions } from '../store/revisions.ts';
import type { Commit, FleetStore, Transaction } from '../store/store.ts';
import { type AliveStore, beAlive } from './alive.ts';
import { commitToLog } from './committer.ts';
import { initDirectory, type Making, openDirectory, planDirectory } from './directory.ts';
import { type Disk, realDisk } from './disk.ts';
import { unread } from './failures.ts';
import { keepUp } from './keeper.ts';
import { makeRoom } from './make-room.ts';
import { silenceWatch } from './silence.ts';
import { inTurn, within } from './turns.ts';
import { watchLog } from './watching.ts';

/** A file server that has said nothing for so long is away. */
const DEADLINE_MS = 10_000;
const LOOK_MS = 1000;

/**
 * Makes an empty directory, or one that is not there yet, the store of a fleet; one that is a store already stays as it is.
 *
 * @throws HostdevError `fleet-directory`, `fleet-unwritable`, `fleet-full`
 */
export async function initFileStore(path: string): Promise<Making> {
  return initDirectory(path, realDisk);
}

/** What `initFileStore` would do. @throws HostdevError `fleet-directory`, `fleet-unreadable` */
export async function planFileStore(path: string): Promise<Making> {
  return planDirectory(path, realDisk);
}

/** @throws HostdevError `fleet-directory`, `fleet-unreadable`, `fleet-damaged`, `fleet-newer` */
export async function openFileStore(path: string, disk: Disk = realDisk): Promise<FleetStore> {
  const directory = await openDirectory(path, disk);
  const keeper = keepUp(directory);
  const turn = inTurn();
  const closing = new AbortController();
  let looking: NodeJS.Timeout | undefined;

  /** Brings the keys up to date, one after the other of what is asked of this store. */
  const upToDate = async <T>(read: (keys: Revisions) => T | Promise<T>): Promise<T> =>
    turn(async () => {
      closing.signal.throwIfAborted();
      try {
        await keeper.catchUp();
        return await read(keeper.keys());
      } catch (error) {
        throw unread(path, error);
      }
    });

  /** What is told of has to be on the disk: somebody may act on it. */
  const settled = async <T>(read: (keys: Revisions) => T, signal?: AbortSignal): Promise<T> => {
    const answer = upToDate(async (keys) => {
      await keeper.settle();
      return read(keys);
    });
    const late = await within(DEADLINE_MS, answer, signal);
    if (late === undefined) return answer;
    throw new HostdevError('fleet-unreadable', `the fleet's directory ${path} does not answer: ${late}`, {
      subject: path,
      hint: 'check that its file system is there',
    });
  };

  const commit = async (transaction: Transaction, signal?: AbortSignal): Promise<Commit> => {
    ensureTransaction(transaction);
    const answer = turn(async () => {
      closing.signal.throwIfAborted();
      const outcome = await commitToLog(directory, keeper, transaction);
      // What it could not do now is done by whoever commits next.
      if (outcome.outcome === 'done') await makeRoom(directory, keeper).catch(() => undefined);
      return outcome;
    });
    const late = await within(DEADLINE_MS, answer, signal);
    return late === undefined ? answer : { outcome: 'unclear', why: late };
  };

  const alive: AliveStore = {
    directory,
    commit,
    read: async (key) => settled((keys) => ({ entry: keys.get(key), revision: keys.revision() })),
    onClose: (stop) => closing.signal.addEventListener('abort', stop, { once: true }),
  };

  /** Whoever stays looks after those who went. */
  const lookAround = (): void => {
    if (looking !== undefined || closing.signal.aborted) return;
    const look = silenceWatch(alive);
    let busy = false;
    looking = setInterval(() => {
      if (busy) return;
      busy = true;
      // Where this one cannot, another one will.
      void look()
        .catch(() => undefined)
        .finally(() => {
          busy = false;
        });
    }, LOOK_MS);
    looking.unref();
  };

  return {
    get: async (wanted, signal) => {
      ensureKeys(wanted);
      return settled((keys) => ({ entries: [...new Set(wanted)].flatMap((key) => keys.get(key) ?? []), revision: keys.revision() }), signal);
    },
    list: async (prefix, wish = {}, signal) => {
      ensurePageWish(prefix, wish);
      return settled((keys) => keys.page(prefix, wish), signal);
    },
    commit,
    watch: (prefix, from, signal) => {
      ensurePrefix(prefix);
      ensureRevision(from);
      lookAround();
      return watchLog({ prefix, from, log: directory.layout.log, upToDate: async () => upToDate((keys) => keys) }, AbortSignal.any([signal, closing.signal]));
    },
    alive: async (key, value, seconds) => {
      ensureLease(key, value, seconds);
      lookAround();
      return beAlive(alive, { key, value, seconds });
    },
    close: async () => {
      clearInterval(looking);
      closing.abort();
      // Nothing of ours is written after this; what hangs in the kernel hangs there.
      await within(
        DEADLINE_MS,
        turn(async () => undefined),
      );
    },
  };
}
