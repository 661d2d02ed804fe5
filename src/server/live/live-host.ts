/** The host as it is now, read again whenever something has happened to it, and twice a second while somebody looks. */
import { watch as watchFiles } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { lookingConnector, openLibvirt, type LibvirtConnection } from '../../app/guests/connect.ts';
import { watch } from '../../app/watch.ts';
import { HostdevError } from '../../errors.ts';
import { jsonEvent } from '../../json/contract/events.ts';
import type { WatchEvent } from '../../state/watch-event.ts';
import type { ServedHost } from '../host.ts';
import { differences } from './differences.ts';
import type { Messages } from './messages.ts';
import { type HostPart, type Reach, readState } from './read-state.ts';

/** Between two looks; reading that takes long is not done more than a quarter of the time. */
const EVERY_MS = 500;
const SHARE = 3;

/** What happens comes in bursts, and is not read more than half of the time. */
const SETTLE_MS = 30;

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

export function liveHost(host: ServedHost, messages: Messages): LiveHost {
  const connection = keptConnection(host);
  let state: HostPart | undefined;
  let reading: Promise<HostPart> | undefined;
  let tookMs = 0;
  let looking = 0;
  let following: AbortController | undefined;
  let wake: () => void = () => undefined;
  /** Something has happened since the last look began. */
  let hasNews = false;
  const news = (): void => {
    hasNews = true;
    wake();
  };

  const read = (): Promise<HostPart> => {
    reading ??= (async () => {
      const began = Date.now();
      try {
        const next = await readState(host, await connection.reach());
        const patches = state === undefined ? [] : differences(state, next);
        state = next;
        if (patches.length > 0) messages.publish({ kind: 'patch', patches });
        return next;
      } finally {
        tookMs = Date.now() - began;
        reading = undefined;
      }
    })();
    return reading;
  };

  const follow = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const woken = hasNews ? Promise.resolve() : new Promise<void>((resolve) => (wake = resolve));
      await Promise.race([woken.then(() => sleep(Math.max(SETTLE_MS, tookMs))), sleep(Math.max(EVERY_MS, SHARE * tookMs), undefined, { signal })]).catch(
        () => undefined,
      );
      hasNews = false;
      if (!signal.aborted) await read().catch(() => undefined);
    }
  };

  const begin = (): void => {
    following = new AbortController();
    const { signal } = following;
    void follow(signal);
    // Where the host cannot be watched it is looked at all the same.
    watchHost(host, signal, (event) => {
      messages.publish({ kind: 'event', event: jsonEvent(event) });
      news();
    }).catch(() => undefined);
    watchJournal(host, signal, news);
  };

  return {
    current: async () => (following === undefined || state === undefined ? read() : state),
    latest: () => state,
    fresh: async () => {
      await reading?.catch(() => undefined);
      return read();
    },
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
      await reading?.catch(() => undefined);
      await connection.close();
    },
  };
}

/** Events of functions and of libvirt, as `watch` tells them, for as long as they can be had. */
async function watchHost(host: ServedHost, signal: AbortSignal, onEvent: (event: WatchEvent) => void): Promise<void> {
  const { port } = await host.context();
  const options = { signal, everyMs: EVERY_MS, onEvent, now: () => new Date().toISOString() };
  const withGuests = { ...options, connect: lookingConnector(host.libvirtUri, signal) };
  // A libvirt that never lets us in is told by the state; functions are watched all the same.
  await watch(port, withGuests).catch(() => (signal.aborted ? undefined : watch(port, options).catch(() => undefined)));
}

/** The journal is written by every hostdev of this host. The directory comes with the first change: until then the next look sees it. */
function watchJournal({ stateDirectory }: ServedHost, signal: AbortSignal, onChange: () => void): void {
  try {
    watchFiles(stateDirectory, { signal, persistent: false }, onChange).on('error', () => undefined);
  } catch {
    // Not there yet.
  }
}

interface KeptConnection {
  readonly reach: () => Promise<Reach>;
  readonly close: () => Promise<void>;
}

/** One connection to libvirt for all that is read. */
function keptConnection({ libvirtUri }: ServedHost): KeptConnection {
  let link: LibvirtConnection | undefined;
  return {
    reach: async () => {
      try {
        // A link waits until a daemon is back; whoever looks wants to know that it is away.
        if (link !== undefined && !link.isOpen) {
          await link.close();
          link = undefined;
        }
        link ??= await openLibvirt(libvirtUri, undefined);
        return { link };
      } catch (error) {
        if (!(error instanceof HostdevError)) throw error;
        return { problem: error.toProblem() };
      }
    },
    close: async () => link?.close(),
  };
}
