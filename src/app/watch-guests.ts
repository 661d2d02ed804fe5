/** What happens to the guests of a libvirt, also when it goes and comes back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../errors.ts';
import { followGuests } from '../guest/libvirt/follow-guests.ts';
import type { Libvirt } from '../libvirt/index.ts';
import type { WatchEvent } from '../state/watch-event.ts';

export interface WatchGuestsOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until libvirt is tried again; {@link RECONNECT_MS} when missing. */
  readonly reconnectMs?: number;
  /** With the uuid of the guest, where it is about one. */
  readonly onEvent: (event: WatchEvent, guest?: string) => void;
  /** From now on nothing that happens to a guest is missed, until libvirt is lost. */
  readonly onFollowing?: (() => void) | undefined;
  /** It was not there, or is not any more. */
  readonly onLost?: (() => void) | undefined;
  /** Now, ISO 8601. */
  readonly now: () => string;
}

const RECONNECT_MS = 2000;

/**
 * Watches until the signal; libvirt is connected to again while that fails.
 *
 * @throws {HostdevError} `libvirt-uri`, `libvirt-auth`: these do not pass by themselves.
 */
export async function watchGuests(connect: () => Promise<Libvirt>, options: WatchGuestsOptions): Promise<void> {
  const { signal, onEvent, onFollowing, onLost, now, reconnectMs = RECONNECT_MS } = options;
  let lost = false;
  while (!signal.aborted) {
    try {
      const libvirt = await connect();
      if (lost) onEvent({ time: now(), subject: libvirt.uri.text, event: 'libvirt found', detail: 'events come again' });
      lost = false;
      await followGuests(libvirt, signal, { onBegin: () => onFollowing?.(), onEvent: (event, { uuid }) => onEvent({ time: now(), ...event }, uuid) });
    } catch (error) {
      if (!signal.aborted) onLost?.();
      if (error instanceof HostdevError && (error.code === 'libvirt-uri' || error.code === 'libvirt-auth')) throw error;
      if (!signal.aborted && !lost) onEvent({ time: now(), subject: 'libvirt', event: 'libvirt lost', detail: (error as Error).message });
      lost = true;
    }
    await sleep(reconnectMs, undefined, { signal }).catch(() => undefined);
  }
}
