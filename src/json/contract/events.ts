/** What `watch` tells, one object a line. */
import type { WatchEvent } from '../../state/watch-event.ts';
import { FORMAT_VERSION } from './envelope.ts';
import { hostAddress, time } from './notation.ts';
import { number, type Of, orNull, record, text, word } from './shape.ts';

export const EVENT = record({
  formatVersion: number([FORMAT_VERSION]),
  time,
  event: word([
    ...(['function appeared', 'function gone', 'driver changed', 'virtual functions changed', 'guest started', 'guest stopped', 'guest changed'] as const),
    ...(['attached', 'detached', 'refused to detach', 'libvirt lost', 'libvirt found'] as const),
  ]),
  hostAddress: orNull(hostAddress),
  guest: orNull(text('name of the guest')),
  detail: text(),
});

export function jsonEvent({ time: at, subject, event, detail }: WatchEvent): Of<typeof EVENT> {
  const isOfHost = event.startsWith('function') || event === 'driver changed' || event === 'virtual functions changed';
  const isOfLibvirt = event.startsWith('libvirt');
  return { formatVersion: FORMAT_VERSION, time: at, event, hostAddress: isOfHost ? subject : null, guest: isOfHost || isOfLibvirt ? null : subject, detail };
}
