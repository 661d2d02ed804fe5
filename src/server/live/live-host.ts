/** The host as it is now: read again when something has happened to it, and by itself while somebody looks. */
import { watch as watchFiles } from 'node:fs';
import { lookingConnector } from '../../app/guests/connect.ts';
import { watchGuests } from '../../app/watch-guests.ts';
import { HostdevError, type Problem, unlessRefused } from '../../errors.ts';
import { jsonProblem } from '../../json/contract/envelope.ts';
import { jsonEvent } from '../../json/contract/events.ts';
import type { NodeDevice } from '../../state/node-device.ts';
import { functionChanges, type WatchEvent } from '../../state/watch-event.ts';
import type { ServedHost } from '../host.ts';
import { differences } from './differences.ts';
import { hearKernelAgain } from '../../app/hear-kernel.ts';
import type { Messages } from './messages.ts';
import { namingBugs } from './name-bugs.ts';
import { keepLooking, type PaceMs } from './pace.ts';
import type { HostPart, ReadState, Unread } from './read-state.ts';
import { rereadHost } from './reread-host.ts';

export interface LiveHost {
  /** The state as it is now: read for who asks, where nobody looks all the time. */
  readonly current: () => Promise<HostPart>;
  /** The state as it was read last; undefined before it is read. */
  readonly latest: () => HostPart | undefined;
  /** What of it could not be read. */
  readonly unread: () => Unread;
  /** The state, read after now. */
  readonly fresh: () => Promise<HostPart>;
  /** Has it followed for as long as somebody looks; gives what ends that. */
  readonly look: () => () => void;
  /** Ends what follows the host, and lets go of libvirt; nobody reads it any more. */
  readonly close: () => Promise<void>;
}

export interface LiveOptions {
  readonly onBug: (error: unknown) => void;
  readonly pace?: PaceMs | undefined;
}

interface Told {
  kernel: boolean;
  guests: boolean;
}

/** The host while somebody looks. */
interface Following {
  readonly signal: AbortSignal;
  readonly news: () => void;
  readonly heard: Told;
}

export function liveHost(host: ServedHost, messages: Messages, { onBug, pace }: LiveOptions): LiveHost {
  const bugs = namingBugs(onBug);
  const reread = rereadHost(host, () => told.guests);
  let state: HostPart | undefined;
  let unread: Unread = {};
  /** As they were when they were looked at last; undefined where nobody has looked since. */
  let functions: readonly NodeDevice[] | undefined;
  let reading: Promise<HostPart> | undefined;
  let looking = 0;
  let following: AbortController | undefined;
  /** Who tells what happens while somebody looks; one that ends late says nothing of the next. */
  let told: Told = { kernel: false, guests: false };
  let isClosed = false;

  const tell = (event: WatchEvent): void => messages.publish({ kind: 'event', event: jsonEvent(event) });
  const take = ({ part, functions: now, unread: missing }: ReadState): HostPart => {
    const patches = state === undefined ? [] : differences(state, part);
    const time = new Date().toISOString();
    if (following !== undefined) for (const change of functionChanges(functions ?? now, now)) tell({ time, ...change });
    [state, functions, unread] = [part, now, missing];
    if (patches.length > 0) messages.publish({ kind: 'patch', patches });
    return part;
  };
  const failed = (error: unknown): never => {
    if (!(error instanceof HostdevError)) bugs('reading the host')(error);
    if (state !== undefined) {
      const before = state;
      state = asItWas(before, error);
      const patches = differences(before, state);
      if (patches.length > 0) messages.publish({ kind: 'patch', patches });
    }
    throw error;
  };
  /** One after the other: what was read later is newer. What fails is told by the state and the log, whoever waits for it. */
  const read = (act: () => Promise<ReadState>): Promise<HostPart> => {
    const before = reading ?? Promise.resolve();
    // Whoever has waited for others does not have it read when there is nobody to tell any more.
    const after = before.catch(() => undefined).then(() => (isClosed ? Promise.reject(ending()) : act().then(take).catch(failed)));
    reading = after;
    const forget = (): void => {
      if (reading === after) reading = undefined;
    };
    after.then(forget, forget);
    return after;
  };
  const begin = (): void => {
    following = new AbortController();
    functions = undefined;
    const { signal } = following;
    const heard = { kernel: false, guests: false };
    told = heard;
    const news = keepLooking(
      {
        glance: () => reread.glance().catch((error: unknown) => (bugs('glancing at the host')(error), false)),
        look: async (extent) => {
          await read(extent === 'all' ? reread.readRenewed : reread.readNews).catch(() => undefined);
        },
        renew: () => reread.renew().catch(bugs('reading the host anew')),
        isTold: () => heard.kernel && heard.guests,
      },
      signal,
      pace,
    );
    followKernel({ signal, news, heard }).catch(bugs('hearing the kernel'));
    followGuests({ signal, news, heard }).catch(bugs('following the guests'));
    watchJournal(host, { signal, onChange: news, onFailure: bugs('watching the journal') });
  };
  const followKernel = async ({ signal, news, heard }: Following): Promise<void> => {
    const { port } = await host.context();
    const onFunction = (name: string): void => {
      reread.functionChanged(name);
      news();
    };
    await hearKernelAgain(port, { onFunction, onBegin: () => (heard.kernel = true), onEnd: () => (heard.kernel = false) }, signal);
  };
  const followGuests = async ({ signal, news, heard }: Following): Promise<void> => {
    const changed = (uuid?: string): void => {
      reread.guestChanged(uuid);
      news();
    };
    const follows = (are: boolean) => (): void => {
      heard.guests = are;
      changed();
    };
    const onEvent = (event: WatchEvent, uuid?: string): void => {
      tell(event);
      changed(uuid);
    };
    const options = { signal, onEvent, onFollowing: follows(true), onLost: follows(false), now: () => new Date().toISOString() };
    // A libvirt that never lets us in is told by the state.
    await watchGuests(lookingConnector(host.libvirtUri, signal), options).catch(unlessRefused);
    heard.guests = false;
  };

  return {
    current: async () => {
      if (state === undefined) return reading ?? read(reread.readAll);
      return following === undefined ? read(reread.readAll) : state;
    },
    latest: () => state,
    unread: () => unread,
    fresh: () => read(reread.readAll),
    look: () => {
      looking += 1;
      // A page that was open comes again at once, over a connection that is not closed yet: what it would open nobody would close.
      if (looking === 1 && !isClosed) begin();
      let isLooking = true;
      return () => {
        if (!isLooking) return;
        isLooking = false;
        looking -= 1;
        if (looking === 0) {
          following?.abort();
          following = undefined;
        }
      };
    },
    close: async () => {
      isClosed = true;
      following?.abort();
      following = undefined;
      await reading?.catch(() => undefined);
      await reread.close();
    },
  };
}

function ending(): HostdevError {
  return new HostdevError('interrupted', 'the server is ending, and reads nothing any more', { hint: 'start it again' });
}

/** What was read last, with what keeps it from being read again. */
function asItWas(state: HostPart, error: unknown): HostPart {
  const message = error instanceof HostdevError ? error.message : 'the server has a bug; its log says more';
  const problem: Problem = { code: error instanceof HostdevError ? error.code : 'internal', severity: 'error', message: `${STALE}: ${message}` };
  const others = state.host.problems.filter((each) => !each.message.startsWith(STALE));
  return { ...state, host: { ...state.host, problems: [jsonProblem(problem), ...others] } };
}

const STALE = 'the host cannot be read, and is shown as it was';

interface JournalWatch {
  readonly signal: AbortSignal;
  readonly onChange: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** The journal is written by every hostdev of this host. The directory comes with the first change: until then the next look sees it. */
function watchJournal({ stateDirectory }: ServedHost, { signal, onChange, onFailure }: JournalWatch): void {
  const failed = (error: unknown): void => {
    // Not there yet, or not to be watched: it is looked at all the same.
    if ((error as NodeJS.ErrnoException).syscall === undefined) onFailure(error);
  };
  try {
    watchFiles(stateDirectory, { signal, persistent: false }, onChange).on('error', failed);
  } catch (error) {
    failed(error);
  }
}
