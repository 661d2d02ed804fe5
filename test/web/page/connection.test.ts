/** The stream of events: cut anywhere, lost, silent, ended. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HEARTBEAT_MS, type Message, SILENCE_MS } from '../../../src/server/api/events.ts';
import type { Api } from '../../../src/web/page/connection/api.ts';
import { type Following, follow, signOut } from '../../../src/web/page/connection/follow.ts';
import { lineReader } from '../../../src/web/page/connection/lines.ts';
import { Refusal, unanswered } from '../../../src/web/page/connection/refusal.ts';
import { afterMessage, createStore, NOTHING_KNOWN, type Store } from '../../../src/web/page/connection/store.ts';
import { functionAt } from './host-samples.ts';

const STATE = { host: { name: 'z' }, functions: [functionAt('0000:01:00.0')], slots: [], guests: [], persistent: [], inForce: [], operations: [] };
const message = (kind: string, seq: number, more: object = {}): Message => ({ kind, seq, time: '2026-11-26T14:02:11Z', ...more }) as unknown as Message;

test('lines are whole wherever the pieces are cut', () => {
  const text = '{"a":1}\n{"b":"ü→"}\n\n{"c":3}\n';
  for (let at = 0; at <= text.length; at += 1) {
    const read = lineReader();
    expect([...read(text.slice(0, at)), ...read(text.slice(at))]).toEqual(['{"a":1}', '{"b":"ü→"}', '{"c":3}']);
  }
  const read = lineReader();
  expect([...text].flatMap(read)).toEqual(['{"a":1}', '{"b":"ü→"}', '{"c":3}']);
});

describe('what is known after messages', () => {
  const begun = afterMessage(NOTHING_KNOWN, message('state', 1, { state: STATE }));

  test('the state, and how far it was read', () => {
    expect(begun).toMatchObject({ link: { is: 'live' }, seq: 1, state: { host: { name: 'z' } } });
  });

  test('a patch changes one thing and marks it', () => {
    const value = functionAt('0000:01:00.0', { driver: 'vfio-pci' });
    const after = afterMessage(begun, message('patch', 2, { patches: [{ of: 'functions', key: '0000:01:00.0', value }] }));
    expect(after.state?.functions.map(({ driver }) => driver)).toEqual(['vfio-pci']);
    expect([...after.changed]).toEqual(['0000:01:00.0']);
    expect(begun.state?.functions[0]?.driver).toBe('ixgbe');
  });

  test('a heartbeat changes nothing but the time', () => {
    expect(afterMessage(begun, message('heartbeat', 1)).state).toBe(begun.state);
  });

  test('an event is said in words', () => {
    const event = { event: 'driver changed', hostAddress: '0000:01:00.0', guest: null, detail: 'nvme → vfio-pci' };
    expect(afterMessage(begun, message('event', 3, { event })).said).toBe('0000:01:00.0: driver changed: nvme → vfio-pci');
  });
});

describe('following', () => {
  let end: AbortController;
  let store: Store;
  beforeEach(() => {
    vi.useFakeTimers();
    end = new AbortController();
    store = createStore();
  });
  afterEach(() => {
    end.abort();
    vi.useRealTimers();
  });

  let wake: () => void = () => undefined;
  const following = (): Following => ({
    signal: end.signal,
    onAwake: (notify) => {
      wake = notify;
      return () => (wake = () => undefined);
    },
  });

  /** A server that answers each attempt with the next of these. */
  function serverOf(...answers: readonly (readonly Message[] | Error)[]): {
    readonly api: Api;
    readonly asked: (number | null)[];
    readonly streams: ReadableStreamDefaultController<Uint8Array>[];
  } {
    const asked: (number | null)[] = [];
    const streams: ReadableStreamDefaultController<Uint8Array>[] = [];
    const events: Api['events'] = async (after, signal) => {
      const answer = answers[asked.length] ?? [];
      asked.push(after);
      if (answer instanceof Error) throw answer;
      return new ReadableStream<Uint8Array>({
        start: (stream) => {
          streams.push(stream);
          for (const each of answer) stream.enqueue(new TextEncoder().encode(`${JSON.stringify(each)}\n`));
          signal.addEventListener('abort', () => stream.error(signal.reason));
        },
      });
    };
    return { api: { events } as Api, asked, streams };
  }

  test('a stream that ends is begun again from where it was, and what was known stays', async () => {
    const { api, asked, streams } = serverOf([message('state', 7, { state: STATE })], [message('heartbeat', 8)]);
    void follow(api, store, following());
    await vi.advanceTimersByTimeAsync(1);
    expect(store.get().link.is).toBe('live');
    streams[0]?.close();
    await vi.advanceTimersByTimeAsync(1);
    expect(store.get()).toMatchObject({ link: { is: 'lost', since: '2026-11-26T14:02:11Z' }, state: { host: { name: 'z' } } });
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([null, 7]);
    expect(store.get().link.is).toBe('live');
  });

  test('a server is lost that says nothing for as long as the API says, and not one whose heartbeats come late', async () => {
    const { api, streams } = serverOf([message('state', 7, { state: STATE })], new Error('no'), new Error('no'));
    void follow(api, store, following());
    await vi.advanceTimersByTimeAsync(3 * HEARTBEAT_MS);
    streams[0]?.enqueue(new TextEncoder().encode(`${JSON.stringify(message('heartbeat', 7))}\n`));
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 100);
    expect(store.get().link.is).toBe('live');
    await vi.advanceTimersByTimeAsync(200);
    expect(store.get().link).toMatchObject({ is: 'lost' });
  });

  test('a server that looks at its host for the first time for minutes is waited for while it says that it is there, and gives the whole state', async () => {
    const { api, asked, streams } = serverOf([], [message('state', 9, { state: STATE })]);
    void follow(api, store, following());
    for (let beats = 0; beats < 18; beats += 1) {
      await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
      streams[0]?.enqueue(new TextEncoder().encode(`${JSON.stringify(message('heartbeat', 8))}\n`));
    }
    expect(store.get()).toMatchObject({ link: { is: 'loading' }, seq: null });
    streams[0]?.close();
    await vi.advanceTimersByTimeAsync(300);
    expect(asked).toEqual([null, null]);
    expect(store.get()).toMatchObject({ link: { is: 'live' }, state: { host: { name: 'z' } } });
  });

  test('a stream that cannot be read is let go of: the server has few of them, and a browser fewer', async () => {
    const given: AbortSignal[] = [];
    const { api, streams } = serverOf([message('state', 7, { state: STATE })], [message('heartbeat', 8)]);
    void follow({ ...api, events: (after, signal) => (given.push(signal), api.events(after, signal)) }, store, following());
    await vi.advanceTimersByTimeAsync(1);
    expect(given.map(({ aborted }) => aborted)).toEqual([false]);
    streams[0]?.enqueue(new TextEncoder().encode('no JSON\n'));
    await vi.advanceTimersByTimeAsync(300);
    expect(given.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(store.get().link.is).toBe('live');
  });

  test('what comes after somebody was signed out does not let him in again', async () => {
    const { api, streams } = serverOf([message('state', 7, { state: STATE })]);
    void follow(api, store, following());
    await vi.advanceTimersByTimeAsync(1);
    streams[0]?.enqueue(new TextEncoder().encode(`${JSON.stringify(message('heartbeat', 7))}\n`));
    end.abort();
    signOut(store, unanswered('nobody is signed in', '', 401));
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.get().link.is).toBe('signed out');
  });

  test('it is tried again less and less often, and at once where it was live in between', async () => {
    const { api, asked } = serverOf(...Array.from({ length: 9 }, () => new Error('refused')));
    void follow(api, store, following());
    await vi.advanceTimersByTimeAsync(250 + 500 + 1000 + 10);
    expect(asked).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(2000 + 5000);
    expect(asked).toHaveLength(6);
  });

  test('it is tried at once when the network is there again', async () => {
    const { api, asked } = serverOf(...Array.from({ length: 9 }, () => new Error('refused')));
    void follow(api, store, following());
    await vi.advanceTimersByTimeAsync(250 + 500 + 1000 + 2000 + 10);
    expect(asked).toHaveLength(5);
    wake();
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(6);
  });

  test('a session that has ended is not tried again', async () => {
    const { api, asked } = serverOf(new Refusal(unanswered('nobody is signed in', '', 401)));
    await follow(api, store, following());
    expect(store.get().link.is).toBe('signed out');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
  });
});
