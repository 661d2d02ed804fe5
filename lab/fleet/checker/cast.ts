/** Who took part, who lives in the end, and who asked for what. */
import type { HistoryEvent, Role } from '../history/event.ts';

export interface Cast {
  readonly role: (actor: string) => Role | undefined;
  readonly isHost: (actor: string, host: string) => boolean;
  /** Neither killed without coming back, nor stopped for good. */
  readonly lives: (actor: string) => boolean;
  /** Who asked for a request first. */
  readonly owner: (request: string) => string | undefined;
  /** What the owner of a request last took for the truth of it. */
  readonly word: (request: string) => Word | undefined;
  /** When somebody who can know it said so. */
  readonly offSince: (host: string) => bigint | undefined;
  readonly unneededSince: (request: string) => bigint | undefined;
}

export type Word = HistoryEvent & { readonly kind: 'holds' | 'refused' | 'gave up' | 'released' };

export function castOf(events: readonly HistoryEvent[]): Cast {
  const roles = new Map<string, { role: Role; hosts: readonly string[] }>();
  const away = new Set<string>();
  const owners = new Map<string, string>();
  const words = new Map<string, Word>();
  const off = new Map<string, bigint>();
  const unneeded = new Map<string, bigint>();
  const own = (request: string, actor: string): void => {
    if (!owners.has(request)) owners.set(request, actor);
  };
  for (const event of events) {
    if (event.kind === 'begins') {
      roles.set(event.actor, { role: event.role, hosts: event.hosts });
      away.delete(event.actor);
    } else if (event.kind === 'asked') {
      for (const request of event.requestsMade) own(request, event.actor);
      for (const { request } of event.written) own(request, event.actor);
    } else if (event.kind === 'killed' || event.kind === 'stopped') for (const name of event.who) away.add(name);
    else if (event.kind === 'continued') for (const name of event.who) away.delete(name);
    else if (event.kind === 'host is off') off.set(event.host, off.get(event.host) ?? event.at);
    else if (event.kind === 'nobody needs') unneeded.set(event.request, unneeded.get(event.request) ?? event.at);
    else if (event.kind === 'holds' || event.kind === 'refused' || event.kind === 'gave up' || event.kind === 'released') words.set(event.request, event);
  }
  return {
    role: (actor) => roles.get(actor)?.role,
    isHost: (actor, host) => roles.get(actor)?.role === 'host' && roles.get(actor)?.hosts.includes(host) === true,
    lives: (actor) => roles.has(actor) && !away.has(actor),
    owner: (request) => owners.get(request),
    word: (request) => words.get(request),
    offSince: (host) => off.get(host),
    unneededSince: (request) => unneeded.get(request),
  };
}
