/** A function in a guest, from the moment its host knew it there until the host began to take it away, or was off. */
import type { HistoryEvent, OnHost } from '../history/event.ts';
import type { Cast } from './cast.ts';
import { END, type Span } from './life.ts';

export interface Stay {
  readonly begin: HistoryEvent & OnHost;
  readonly span: Span;
}

const keyOf = ({ host, function: name, guest, token }: OnHost): string => JSON.stringify([host, name, guest, token.toString()]);

export const isOnHost = (event: HistoryEvent): event is HistoryEvent & OnHost =>
  event.kind === 'attaching' || event.kind === 'attached' || event.kind === 'detaching' || event.kind === 'detached';

export function staysOf(events: readonly HistoryEvent[], cast: Cast): Stay[] {
  const open = new Map<string, HistoryEvent & OnHost>();
  const stays: Stay[] = [];
  const close = (key: string, at: bigint): void => {
    const begin = open.get(key);
    open.delete(key);
    if (begin !== undefined) stays.push({ begin, span: { from: begin.at, to: at } });
  };
  for (const event of events) {
    if (!isOnHost(event)) continue;
    const key = keyOf(event);
    // A host that comes back tells again what it has.
    if (event.kind === 'attached' && !open.has(key)) open.set(key, event);
    if (event.kind === 'detaching' || event.kind === 'detached') close(key, event.at);
  }
  for (const [key, { host }] of open) close(key, cast.offSince(host) ?? END);
  return stays;
}
