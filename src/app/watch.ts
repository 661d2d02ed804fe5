/** `hostdev watch`: one line for every change of the host's functions and of what guests hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readInventory } from '../host/inventory.ts';
import type { HostReader } from '../host/port.ts';
import type { Libvirt } from '../libvirt/index.ts';
import { functionChanges, type WatchEvent } from '../state/watch-event.ts';
import { watchGuests } from './watch-guests.ts';

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at sysfs. */
  readonly everyMs: number;
  /** Milliseconds until libvirt is tried again; two seconds when missing. */
  readonly reconnectMs?: number;
  readonly onEvent: (event: WatchEvent) => void;
  /** Connects to libvirt; tried again while it fails. Without it guests are not watched. */
  readonly connect?: (() => Promise<Libvirt>) | undefined;
  /** Now, ISO 8601. */
  readonly now: () => string;
}

/** Watches until the signal. */
export async function watch(port: HostReader, options: WatchOptions): Promise<void> {
  // When one half fails the other one ends as well.
  const failed = new AbortController();
  const both = { ...options, signal: AbortSignal.any([options.signal, failed.signal]) };
  const halves = [watchFunctions(port, both), options.connect === undefined ? undefined : watchGuests(options.connect, both)];
  await Promise.all(
    halves.map(async (half) => {
      try {
        await half;
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
}

async function watchFunctions(port: HostReader, { signal, everyMs, onEvent, now }: WatchOptions): Promise<void> {
  let before = await readInventory(port);
  for (let ends = false; !ends; ) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    // Whoever ends it right after a change is told of that change.
    ends = signal.aborted;
    const after = await readInventory(port);
    for (const change of functionChanges(before, after)) onEvent({ time: now(), ...change });
    before = after;
  }
}
