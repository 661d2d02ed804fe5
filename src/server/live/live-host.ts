/** The host as it is now: read again when something has happened to it, and by itself while somebody looks. */
import { watch as watchFiles } from 'node:fs';
import { lookingConnector } from '../../app/guests/connect.ts';
import { watchGuests } from '../../app/watch-guests.ts';
import { HostdevError } from '../../errors.ts';
import { jsonEvent } from '../../json/contract/events.ts';
import type { NodeDevice } from '../../state/node-device.ts';
import { functionChanges, type WatchEvent } from '../../state/watch-event.ts';
import type { ServedHost } from '../host.ts';
import { differences } from './differences.ts';
import { hearKernelAgain } from './hear-kernel.ts';
import type { Messages } from './messages.ts';
import { keepLooking, type PaceMs } from './pace.ts';
import type { HostPart, ReadState } from './read-state.ts';
import { rereadHost } from './reread-host.ts';

export interface LiveHost {
  /** The state as it is now: read for who asks, where nobody looks all the time. */
  readonly current: () => Promise<HostPart>;
  /** The state as it was read last; undefined before it is read. */
  readonly latest: () => HostPart | undefined;
  /** The state, read after now. */
  readonly fresh: () => Promise<HostPart>;
  /** Has it followed for as long as somebody looks; gives what ends that. */
  readonly look: () => () => void;
  readonly close: () => Promise<void>;
}

export interface LiveOptions {
  readonly onBug: (error: unknown) => void;
  readonly pace?: PaceMs | undefined;
}

export function liveHost(host: ServedHost, messages: Messages, { onBug, pace }: LiveOptions): LiveHost {
  const told = { kernel: false, guests: false };
  const reread = rereadHost(host, () => told.guests);
  let state: HostPart | undefined;
  /** As they were when they were looked at last; undefined where nobody has looked since. */
  let functions: readonly NodeDevice[] | undefined;
  let reading: Promise<HostPart> | undefined;
  let looking = 0;
  let following: AbortController | undefined;

  const tell = (event: WatchEvent): void => messages.publish({ kind: 'event', event: jsonEvent(event) });
  const take = ({ part, functions: now }: ReadState): HostPart => {
    const patches = state === undefined ? [] : differences(state, part);
    const time = new Date().toISOString();
    if (following !== undefined) for (const change of functionChanges(functions ?? now, now)) tell({ time, ...change });
    [state, functions] = [part, now];
    if (patches.length > 0) messages.publish({ kind: 'patch', patches });
    return part;
  };
  /** One after the other: what was read later is newer. */
  const read = (act: () => Promise<ReadState>): Promise<HostPart> => {
    const before = reading ?? Promise.resolve();
    const after = before.catch(() => undefined).then(async () => take(await act()));
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
    const news = keepLooking(
      {
        glance: () => reread.glance().catch((error: unknown) => (onBug(error), false)),
        look: async (extent) => {
          await read(extent === 'all' ? reread.readRenewed : reread.readNews).catch(onBug);
        },
        renew: () => reread.renew().catch(onBug),
        isTold: () => told.kernel && told.guests,
      },
      signal,
      pace,
    );
    followKernel(signal, news).catch(onBug);
    followGuests(signal, news).catch(onBug);
    watchJournal(host, signal, news);
  };
  const followKernel = async (signal: AbortSignal, news: () => void): Promise<void> => {
    const { port } = await host.context();
    const onFunction = (name: string): void => {
      reread.functionChanged(name);
      news();
    };
    await hearKernelAgain(port, { onFunction, onBegin: () => (told.kernel = true), onEnd: () => (told.kernel = false) }, signal);
  };
  const followGuests = async (signal: AbortSignal, news: () => void): Promise<void> => {
    const changed = (uuid?: string): void => {
      reread.guestChanged(uuid);
      news();
    };
    const follows = (are: boolean) => (): void => {
      told.guests = are;
      changed();
    };
    const onEvent = (event: WatchEvent, uuid?: string): void => {
      tell(event);
      changed(uuid);
    };
    const options = { signal, onEvent, onFollowing: follows(true), onLost: follows(false), now: () => new Date().toISOString() };
    // A libvirt that never lets us in is told by the state.
    await watchGuests(lookingConnector(host.libvirtUri, signal), options).catch(unlessRefused);
    told.guests = false;
  };

  return {
    current: async () => {
      if (state === undefined) return reading ?? read(reread.readAll);
      return following === undefined ? read(reread.readAll) : state;
    },
    latest: () => state,
    fresh: () => read(reread.readAll),
    look: () => {
      looking += 1;
      if (looking === 1) begin();
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
      following?.abort();
      following = undefined;
      await reading?.catch(() => undefined);
      await reread.close();
    },
  };
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof HostdevError)) throw error;
}

/** The journal is written by every hostdev of this host. The directory comes with the first change: until then the next look sees it. */
function watchJournal({ stateDirectory }: ServedHost, signal: AbortSignal, onChange: () => void): void {
  try {
    watchFiles(stateDirectory, { signal, persistent: false }, onChange).on('error', () => undefined);
  } catch {
    // Not there yet.
  }
}
