/** The page in Cockpit: requests over its channels, as its guide describes them, and what it says where there is no answer. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Api, connectApi } from '../../../src/web/page/connection/api.ts';
import { byCockpit, type Cockpit } from '../../../src/web/page/connection/cockpit.ts';
import { follow } from '../../../src/web/page/connection/follow.ts';
import { createStore } from '../../../src/web/page/connection/store.ts';
import type { Transport } from '../../../src/web/page/connection/transport.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Channel {
  readonly asked: Asked;
  readonly respond: (status: number) => void;
  readonly send: (bytes: Uint8Array) => void;
  /** Ends it, with a word of the protocol where it went wrong. */
  readonly end: (problem?: string) => void;
  closedWith: string | undefined;
}

/** Cockpit as far as the page knows it; what it is asked is answered by hand. */
function fakeCockpit(name = 'alice'): { readonly cockpit: Cockpit; readonly channels: Channel[]; readonly options: object[] } {
  const [channels, options]: [Channel[], object[]] = [[], []];
  const cockpit: Cockpit = {
    permission: () => ({}),
    user: async () => ({ name }),
    http: (given) => {
      options.push(given);
      return {
        request: (asked) => {
          let [onDone, onFail]: Parameters<ReturnType<ReturnType<Cockpit['http']>['request']>['then']> = [() => undefined, () => undefined];
          let [onPiece, onResponse]: [(piece: Uint8Array) => void, (status: number, headers: Record<string, string>) => void] = [
            () => undefined,
            () => undefined,
          ];
          let status = 0;
          const kept: number[] = [];
          const isGood = (): boolean => status >= 200 && status <= 299;
          const channel: Channel = {
            ...{ asked, closedWith: undefined },
            respond: (given) => {
              status = given;
              onResponse(status, { 'Content-Type': 'application/json' });
            },
            send: (bytes) => (isGood() ? onPiece(bytes) : void kept.push(...bytes)),
            end: (problem) => {
              if (problem !== undefined) onFail({ problem, message: `${problem}, says the bridge` });
              else if (isGood()) onDone(new Uint8Array());
              else onFail({ problem: null, message: 'no' }, new Uint8Array(kept));
            },
          };
          channels.push(channel);
          return {
            // It is Cockpit's own promise, which rejects with two values.
            // oxlint-disable-next-line unicorn/no-thenable
            then: (done, fail) => void ([onDone, onFail] = [done, fail]),
            response: (callback) => void (onResponse = callback),
            stream: (callback) => void (onPiece = callback),
            close: (problem) => {
              channel.closedWith = problem;
              channel.end(problem);
            },
          };
        },
      };
    },
  };
  return { cockpit, channels, options };
}

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The next channel that is opened. */
async function nth(channels: readonly Channel[], at: number): Promise<Channel> {
  await vi.waitUntil(() => channels[at] !== undefined);
  return channels[at] as Channel;
}

async function answer(channels: readonly Channel[], at: number, [status, body]: readonly [number, unknown]): Promise<Channel> {
  const channel = await nth(channels, at);
  channel.respond(status);
  channel.send(bytesOf(body));
  channel.end();
  return channel;
}

const PROBLEM = { type: 'urn:hostdev:problem:plan-stale', title: 'stale', status: 412, detail: 'the host has changed', code: 'plan-stale' };
const OLD_TAB = { ...PROBLEM, status: 403, code: 'tab-missing', detail: 'no tab' };

describe('a request through Cockpit', () => {
  let fake: ReturnType<typeof fakeCockpit>;
  let api: Api;
  beforeEach(() => {
    fake = fakeCockpit('EXAMPLE\\élise');
    api = connectApi(byCockpit(fake.cockpit));
  });

  test('goes to the unix socket as root, in bytes, with the name of who sits there', async () => {
    const session = api.session();
    const { asked } = await answer(fake.channels, 0, [200, { tab: 't1', by: 'élise', readOnly: false }]);
    expect(await session).toMatchObject({ tab: 't1' });
    expect(fake.options).toEqual([{ unix: '/run/hostdev/ui.sock', superuser: 'require', binary: true }]);
    expect(asked).toMatchObject({ method: 'GET', path: '/api/v1/session', headers: { 'Hostdev-User': 'EXAMPLE%5C%C3%A9lise' }, body: '' });
  });

  test('has its body in bytes, and what every request of the page has', async () => {
    const plan = api.plan({ verb: 'recover' });
    const { asked } = await answer(fake.channels, 0, [201, { id: 'p1' }]);
    await plan;
    expect(new TextDecoder().decode(asked.body as Uint8Array)).toBe('{"verb":"recover"}');
    expect(asked.headers).toMatchObject({ 'Content-Type': 'application/json', 'Hostdev-Tab': '' });
  });

  test('is refused in the words of the server', async () => {
    const refused = expect(api.history()).rejects.toMatchObject({ details: { code: 'plan-stale', detail: 'the host has changed', status: 412 } });
    await answer(fake.channels, 0, [412, PROBLEM]);
    await refused;
  });

  test.each([
    ['access-denied', 'administrative access is off', 'Limited access'],
    ['not-found', 'nobody serves hostdev here', 'systemctl enable --now hostdev-ui.socket'],
    ['terminated', 'terminated, says the bridge', 'hostdev-ui.service'],
  ])('that ends with %s says what to do', async (problem, detail, hint) => {
    const refused = expect(api.history()).rejects.toMatchObject({ details: { status: 0, detail, hint: expect.stringContaining(hint) } });
    (await nth(fake.channels, 0)).end(problem);
    await refused;
  });

  test('goes without a name where Cockpit gives none, and with it once it does', async () => {
    let calls = 0;
    const user = async (): Promise<{ name: string }> => (++calls === 1 ? Promise.reject(new Error('away')) : { name: 'bob' });
    const later = connectApi(byCockpit({ ...fake.cockpit, user }));
    for (const [at, name] of [undefined, 'bob', 'bob'].entries()) {
      const history = later.history();
      expect((await answer(fake.channels, at, [200, { items: [] }])).asked.headers['Hostdev-User']).toBe(name);
      await history;
    }
    expect(calls).toBe(2);
  });
});

describe('the stream of events through Cockpit', () => {
  const STATE = { host: { name: 'z16→lp3' }, functions: [], slots: [], guests: [], persistent: [], inForce: [], operations: [] };
  const LINE = new TextEncoder().encode(`${JSON.stringify({ kind: 'state', seq: 1, time: '2026-11-26T14:02:11Z', state: STATE })}\n`);
  let end: AbortController;
  beforeEach(() => {
    end = new AbortController();
  });
  afterEach(() => end.abort());

  const followed = (): { readonly store: ReturnType<typeof createStore>; readonly channels: Channel[] } => {
    const { cockpit, channels } = fakeCockpit();
    const store = createStore();
    void follow(connectApi(byCockpit(cockpit)), store, { signal: end.signal, onAwake: () => () => undefined });
    return { store, channels };
  };

  test('is whole wherever its bytes are cut', async () => {
    const { store, channels } = followed();
    const channel = await nth(channels, 0);
    channel.respond(200);
    for (const byte of LINE) channel.send(Uint8Array.of(byte));
    await vi.waitUntil(() => store.get().state !== null);
    expect(store.get().state?.host.name).toBe('z16→lp3');
  });

  test('that is lost with the administrative access says so, and goes on when it is there again', async () => {
    const { store, channels } = followed();
    const channel = await nth(channels, 0);
    channel.respond(200);
    channel.send(LINE);
    await vi.waitUntil(() => store.get().link.is === 'live');
    channel.end('terminated');
    (await nth(channels, 1)).end('access-denied');
    await vi.waitUntil(() => store.get().link.is === 'lost' && JSON.stringify(store.get().link).includes('Limited access'));
    const again = await nth(channels, 2);
    expect(again.asked.path).toBe('/api/v1/events?after=1');
    again.respond(200);
    again.send(LINE);
    await vi.waitUntil(() => store.get().link.is === 'live');
  });

  test('is closed when nobody reads it any more', async () => {
    const { channels } = followed();
    const channel = await nth(channels, 0);
    channel.respond(200);
    channel.send(LINE);
    end.abort();
    expect(channel.closedWith).toBe('cancelled');
  });
});

describe('a tab that the server does not know', () => {
  /** A server that answers one request after the other. */
  function serverOf(...answers: readonly (readonly [number, unknown])[]): { readonly transport: Transport; readonly asked: string[] } {
    const asked: string[] = [];
    const transport: Transport = async ({ method, path, headers }) => {
      const [status, body] = answers[asked.length] ?? [500, {}];
      asked.push(`${method} ${path} ${headers['Hostdev-Tab'] ?? '-'}`);
      return new Response(JSON.stringify(body), { status });
    };
    return { transport, asked };
  }

  test('is taken anew, and what was asked is asked again', async () => {
    const { transport, asked } = serverOf([403, OLD_TAB], [200, { tab: 't2' }], [201, { id: 'p1' }]);
    expect(await connectApi(transport).plan({ verb: 'recover' })).toEqual({ id: 'p1' });
    expect(asked).toEqual(['POST api/v1/plans ', 'GET api/v1/session -', 'POST api/v1/plans t2']);
  });

  test('is taken anew once: who is refused again is told', async () => {
    const { transport, asked } = serverOf([403, OLD_TAB], [200, { tab: 't2' }], [403, OLD_TAB]);
    await expect(connectApi(transport).plan({ verb: 'recover' })).rejects.toMatchObject({ details: { code: 'tab-missing' } });
    expect(asked).toHaveLength(3);
  });

  test('is no reason to ask again what was refused for another one', async () => {
    const { transport, asked } = serverOf([412, PROBLEM]);
    await expect(connectApi(transport).plan({ verb: 'recover' })).rejects.toMatchObject({ details: { code: 'plan-stale' } });
    expect(asked).toHaveLength(1);
  });
});
