/** Follows the server's stream of events, and goes on after it was lost. */
import { type Message, SILENCE_MS } from '../../../server/api/events.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import type { Api } from './api.ts';
import { lineReader } from './lines.ts';
import { Refusal } from './refusal.ts';
import { afterMessage, type Store } from './store.ts';

/** Milliseconds before it is tried again, longer each time. */
const PAUSES = [250, 500, 1000, 2000, 5000] as const;

export interface Following {
  readonly signal: AbortSignal;
  /** Hears of it when it is worth trying at once, as when the network is there again; gives what ends that. */
  readonly onAwake: (notify: () => void) => () => void;
}

/** Until `signal` ends it. */
export async function follow(api: Api, store: Store, { signal, onAwake }: Following): Promise<void> {
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      await readOnce(api, store, signal);
      if (signal.aborted) return;
      tries = 0;
      lost(store, 'the server ended the stream');
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal && error.details.status === 401) return signOut(store, error.details);
      if (store.get().link.is === 'live') tries = 0;
      lost(store, error instanceof Error ? error.message : String(error), error instanceof Refusal ? error.details.hint : null);
    }
    await pause(PAUSES[Math.min(tries, PAUSES.length - 1)] ?? 0, { signal, onAwake });
  }
}

/** What is known stays: whoever signs in again goes on from there. */
export function signOut(store: Store, why: ProblemDetails): void {
  store.set({ ...store.get(), link: { is: 'signed out', why } });
}

function lost(store: Store, why: string, hint: string | null = null): void {
  const known = store.get();
  store.set({ ...known, link: { is: 'lost', since: known.time, why, hint } });
}

async function readOnce(api: Api, store: Store, outer: AbortSignal): Promise<void> {
  const over = new AbortController();
  let timer = setTimeout(() => over.abort(new Error('the server has been silent')), SILENCE_MS);
  try {
    const body = await api.events(store.get().seq, AbortSignal.any([outer, over.signal]));
    const lines = lineReader();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || outer.aborted) return;
      clearTimeout(timer);
      timer = setTimeout(() => over.abort(new Error('the server has been silent')), SILENCE_MS);
      // All of a piece at once: what came together is shown together.
      const next = lines(decoder.decode(value, { stream: true })).reduce((known, line) => afterMessage(known, JSON.parse(line) as Message), store.get());
      store.set(next);
    }
  } finally {
    clearTimeout(timer);
    // What cannot be read is not left open: nobody would read it, and the server would keep what it has to say.
    over.abort();
  }
}

async function pause(ms: number, { signal, onAwake }: Following): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      forget();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    const forget = onAwake(done);
    signal.addEventListener('abort', done, { once: true });
  });
}
