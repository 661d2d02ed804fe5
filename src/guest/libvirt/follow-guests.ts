/** Events of the guests of a libvirt, as long as it is connected. */
import type { DomainRef, GuestEvent, Libvirt } from '../../libvirt/index.ts';
import type { Seen } from '../../state/watch-event.ts';

/** What somebody who follows guests is told. */
export interface GuestsFollower {
  /** From now on nothing is missed. */
  readonly onBegin: () => void;
  readonly onEvent: (event: Seen, guest: DomainRef) => void;
}

/** Tells what happens to guests until the signal; rejects when the connection is lost. */
export async function followGuests(libvirt: Libvirt, signal: AbortSignal, { onBegin, onEvent }: GuestsFollower): Promise<void> {
  const closed = new Promise<never>((_, reject) => libvirt.onClosed(reject));
  // It may be lost before anybody waits for that.
  closed.catch(() => undefined);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  signal.addEventListener('abort', end);
  try {
    if (signal.aborted) return;
    await libvirt.watchDomains((event) => onEvent(wordsOf(event), event.domain));
    onBegin();
    await Promise.race([closed, ended]);
  } finally {
    signal.removeEventListener('abort', end);
    await libvirt.close();
  }
}

function wordsOf(event: GuestEvent): Seen {
  const subject = event.domain.name;
  if (event.kind === 'lifecycle') {
    const kind = event.event === 'started' ? 'guest started' : event.event === 'stopped' ? 'guest stopped' : 'guest changed';
    return { subject, event: kind, detail: event.event };
  }
  const kinds = { 'device-added': 'attached', 'device-removed': 'detached', 'device-removal-failed': 'refused to detach' } as const;
  return { subject, event: kinds[event.kind], detail: event.alias };
}
