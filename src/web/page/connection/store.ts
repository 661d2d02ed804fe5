/** What the page knows of the host: the state of the server, message by message, and how the connection to it is. */
import { applyPatches, type Message, type Patch } from '../../../server/api/events.ts';
import type { WholeState } from '../../../server/api/state.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';

type Link =
  | { readonly is: 'loading' }
  | { readonly is: 'live' }
  /** The state is that of `since`; it is tried again by itself. */
  | { readonly is: 'lost'; readonly since: string | null; readonly why: string; readonly hint: string | null }
  | { readonly is: 'signed out'; readonly why: ProblemDetails };

export interface Known {
  readonly link: Link;
  readonly state: WholeState | null;
  readonly seq: number | null;
  /** When the server said the last of it. */
  readonly time: string | null;
  /** What the last message has changed, by key, to be marked; and in words, to be said. */
  readonly changed: ReadonlySet<string>;
  readonly said: string;
}

export const NOTHING_KNOWN: Known = { link: { is: 'loading' }, state: null, seq: null, time: null, changed: new Set(), said: '' };

/** What is known after one more message. */
export function afterMessage(known: Known, message: Message): Known {
  // A server that is still looking for the first time says that it is there. That is nothing to go on from.
  if (known.state === null && message.kind !== 'state') return known;
  const base = { ...known, link: { is: 'live' } as const, seq: message.seq, time: message.time };
  switch (message.kind) {
    case 'state':
      return { ...base, state: message.state, changed: new Set() };
    case 'patch':
      return known.state === null ? base : { ...base, state: applyPatches(known.state, message.patches), changed: keysOf(message.patches) };
    case 'event': {
      const { event, hostAddress, guest, detail } = message.event;
      return { ...base, said: [hostAddress ?? guest, event, detail].filter(Boolean).join(': ') };
    }
    case 'heartbeat':
      return base;
  }
}

function keysOf(patches: readonly Patch[]): ReadonlySet<string> {
  return new Set(patches.flatMap((patch) => ('key' in patch && patch.of !== 'operations' ? [patch.key] : [])));
}

/** One holder of what is known, for whoever wants to hear of it. */
export interface Store {
  readonly get: () => Known;
  readonly set: (known: Known) => void;
  readonly subscribe: (notify: () => void) => () => void;
}

export function createStore(): Store {
  let known = NOTHING_KNOWN;
  const listeners = new Set<() => void>();
  return {
    get: () => known,
    set: (next) => {
      if (next === known) return;
      known = next;
      for (const notify of listeners) notify();
    },
    subscribe: (notify) => {
      listeners.add(notify);
      return () => listeners.delete(notify);
    },
  };
}
