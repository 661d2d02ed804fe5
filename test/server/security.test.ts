/** Nobody gets in who has not signed in, and nothing that is sent makes the server fall: each refusal is an RFC 9457 answer. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request as askHttp, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readHistory } from '../../src/app/history.ts';
import { HostdevError } from '../../src/errors.ts';
import { mismatch } from '../../src/server/api/accept.ts';
import { PROBLEM_DETAILS, type ProblemDetails } from '../../src/server/api/problem-details.ts';
import { parseListenAddress, socketOfSystemd } from '../../src/server/listen/address.ts';
import { passwordOf } from '../../src/server/sign-in/password.ts';
import { oneTimeToken } from '../../src/server/sign-in/one-time-token.ts';
import { attempts } from '../../src/server/sign-in/attempts.ts';
import { serve } from '../../src/server/serve.ts';
import { describeUnless } from '../skip.ts';
import { openServer, type Reply, type ServerScene } from './scene.ts';
import { BLIND_HOST } from './blind-host.ts';

let scene: ServerScene | undefined;
const opened = async (...given: Parameters<typeof openServer>): Promise<ServerScene> => {
  scene = await openServer(...given);
  return scene;
};
afterEach(async () => {
  await scene?.end();
  scene = undefined;
});

const API = '/api/v1';
const tokenOf = ({ server }: ServerScene): string => server.link?.split('#token=')[1] ?? '';

/** Refused, as the standard says it. */
function expectRefused(reply: Reply, status: number, code: string): void {
  expect({ status: reply.status, type: reply.headers['content-type'], code: reply.json<ProblemDetails>().code }).toEqual({
    status,
    type: 'application/problem+json',
    code,
  });
  expect(mismatch(PROBLEM_DETAILS, reply.json())).toBeUndefined();
}

/** The server still answers who is signed in. */
const expectUp = async (open: ServerScene): Promise<void> => expect((await open.ask('GET', '/session')).status).toBe(200);

describe('signing in', () => {
  it('nothing is read without a session, neither by nobody nor with a cookie that is made up', async () => {
    const open = await opened({ signedOut: true });
    const name = `hostdev-${open.server.where.split(':')[1]}`;
    for (const path of ['/state', '/events', '/functions', '/snapshot', '/history', '/operations', '/session']) {
      expectRefused(await open.raw('GET', API + path), 401, 'session-missing');
      expectRefused(await open.raw('GET', API + path, { headers: { Cookie: `${name}=${'A'.repeat(43)}` } }), 401, 'session-missing');
    }
    expectRefused(await open.raw('POST', `${API}/plans`, { body: { verb: 'recover' } }), 401, 'session-missing');
  });

  it('the token is exchanged once, for a cookie that no script reads, no other site sends, and that is named after the port', async () => {
    const open = await opened({ signedOut: true });
    const first = await open.raw('POST', `${API}/session`, { body: { token: tokenOf(open) } });
    expect(first.status).toBe(201);
    expect(first.headers['set-cookie']?.[0]).toMatch(new RegExp(`^hostdev-${open.server.where.split(':')[1]}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    expect(open.server.link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
    expectRefused(await open.raw('POST', `${API}/session`, { body: { token: tokenOf(open) } }), 401, 'sign-in-refused');
  });

  it('a wrong token, none, and one of another type are refused', async () => {
    const open = await opened({ signedOut: true });
    expectRefused(await open.raw('POST', `${API}/session`, { body: { token: 'x' } }), 401, 'sign-in-refused');
    expectRefused(await open.raw('POST', `${API}/session`, { body: {} }), 401, 'sign-in-refused');
    expectRefused(await open.raw('POST', `${API}/session`, { body: { token: 7 } }), 400, 'request-malformed');
    expectRefused(await open.raw('POST', `${API}/session`, { body: { password: 'whatever it may be' } }), 401, 'sign-in-refused');
  });

  it('the token ends after a minute', () => {
    let now = 0;
    const token = oneTimeToken(() => now);
    now = 60_001;
    expect(token.exchange(token.text)).toBe(false);
  });

  it('whoever tries many tokens is told to wait, and keeps nobody out who has the right one', async () => {
    const open = await opened({ signedOut: true });
    for (let i = 0; i < 10; i += 1) await open.raw('POST', `${API}/session`, { body: { token: `wrong ${i}` } });
    const reply = await open.raw('POST', `${API}/session`, { body: { token: 'wrong again' } });
    expectRefused(reply, 429, 'sign-in-limited');
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect((await open.raw('POST', `${API}/session`, { body: { token: tokenOf(open) } })).status).toBe(201);
  });

  it('whoever tries many passwords is told to wait, with the right one as well', async () => {
    const word = 'a horse, a battery, a staple';
    const open = await opened({ signedOut: true, password: { isRight: async (given) => given === word } });
    for (let i = 0; i < 10; i += 1) await open.raw('POST', `${API}/session`, { body: { password: `wrong ${i}` } });
    expectRefused(await open.raw('POST', `${API}/session`, { body: { password: word } }), 429, 'sign-in-limited');
  });

  it('a clock that is set back neither lets a token live longer nor keeps anybody out', () => {
    vi.useFakeTimers();
    try {
      const [token, tries] = [oneTimeToken(), attempts()];
      for (let i = 0; i < 10; i += 1) tries.begin();
      vi.setSystemTime(Date.now() - 24 * 60 * 60 * 1000);
      vi.advanceTimersByTime(60_001);
      expect(token.exchange(token.text)).toBe(false);
      expect(() => tries.begin()).not.toThrow();
    } finally {
      vi.useRealTimers();
    }
  });

  it('and may try again when a minute is over', () => {
    let now = 0;
    const tries = attempts(() => now);
    for (let i = 0; i < 10; i += 1) tries.begin();
    expect(() => tries.begin()).toThrow('10 attempts');
    now = 60_000;
    expect(() => tries.begin()).not.toThrow();
  });

  it('what was right is none of them', () => {
    const tries = attempts(() => 0);
    for (let i = 0; i < 20; i += 1) tries.begin().wasRight();
    expect(() => tries.begin()).not.toThrow();
  });

  it('many at once are no way round: no password is looked at more often than that', async () => {
    let looked = 0;
    const isRight = async (): Promise<boolean> => {
      looked += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return false;
    };
    const open = await opened({ signedOut: true, password: { isRight } });
    const replies = await Promise.all(Array.from({ length: 30 }, (_, i) => open.raw('POST', `${API}/session`, { body: { password: `wrong ${i}` } })));
    expect([looked, replies.filter(({ status }) => status === 429).length]).toEqual([10, 20]);
  });

  it('a session that is ended is no session', async () => {
    const open = await opened();
    expect((await open.ask('DELETE', '/session')).status).toBe(204);
    expectRefused(await open.ask('GET', '/state'), 401, 'session-missing');
  });

  it('whoever signs out is told nothing more', async () => {
    const open = await opened();
    const request = open.open(`${API}/events`);
    const ended = new Promise<void>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        response.resume();
        response.on('end', resolve);
        void open.ask('DELETE', '/session');
      });
    });
    request.end();
    await ended;
  });

  it('with a password only the right one gets in', async () => {
    const open = await opened({ signedOut: true, password: await passwordOf('a horse, a battery, a staple') });
    expect(open.server.link).not.toContain('#');
    expectRefused(await open.raw('POST', `${API}/session`, { body: { password: 'a horse' } }), 401, 'sign-in-refused');
    expectRefused(await open.raw('POST', `${API}/session`, { body: { token: '' } }), 401, 'sign-in-refused');
    expect((await open.raw('POST', `${API}/session`, { body: { password: 'a horse, a battery, a staple' } })).status).toBe(201);
  });
});

describe('other sites', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1', 'localhost:1', '127.0.0.1.evil.example'])('a name that leads here is not ours: %s', async (name) => {
    const open = await opened();
    expectRefused(await open.ask('GET', '/state', undefined, { Host: name }), 403, 'origin-refused');
    expectRefused(await open.raw('GET', '/', { headers: { Host: name } }), 403, 'origin-refused');
  });

  it.each([
    ['another origin', { Origin: 'https://evil.example' }],
    ['no origin that can be told', { Origin: 'null' }],
    ['the same host at another port', { Origin: 'http://127.0.0.1:1' }],
    ['the same host with another scheme', { Origin: 'https://127.0.0.1' }],
    ['a fetch of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a page at another port of this host', { 'Sec-Fetch-Site': 'same-site' }],
  ])('%s is refused, with the cookie and all', async (_, headers) => {
    const open = await opened();
    expectRefused(await open.ask('GET', '/state', undefined, headers), 403, 'origin-refused');
    expectRefused(await open.ask('POST', '/plans', { verb: 'recover' }, headers), 403, 'origin-refused');
    await expectUp(open);
  });

  it('our own page is not', async () => {
    const open = await opened();
    const own = { Origin: `http://${open.server.where}`, 'Sec-Fetch-Site': 'same-origin' };
    expect((await open.ask('GET', '/state', undefined, own)).status).toBe(200);
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])('a form cannot send a wish: %s', async (type) => {
    const open = await opened();
    expectRefused(await open.ask('POST', '/plans', '{"verb":"recover"}', { 'Content-Type': type }), 400, 'request-malformed');
  });

  it.each<[string, Record<string, string>]>([
    ['none', { 'Hostdev-Tab': '' }],
    ['one that is made up', { 'Hostdev-Tab': 'A'.repeat(43) }],
  ])('what changes something needs the header of a tab: %s', async (_, headers) => {
    const open = await opened();
    const plan = await open.plan({ verb: 'prepare', functions: ['0000:06:00.0'] });
    expectRefused(await open.ask('POST', `/plans/${plan.id}/apply`, undefined, { 'If-Match': `"${plan.hash}"`, ...headers }), 403, 'tab-missing');
    expectRefused(await open.ask('DELETE', '/session', undefined, headers), 403, 'tab-missing');
    expect(open.port.driverOf('0000:06:00.0')).toBe('nvme');
  });

  it('every answer says that nobody may frame it, keep it or guess what it is', async () => {
    const open = await opened();
    const replies = [await open.ask('GET', '/state'), await open.raw('GET', '/'), await open.raw('GET', `${API}/state`)];
    for (const { headers } of replies) {
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    }
  });
});

describe('what is only for looking', () => {
  it('plans, and refuses to carry out', async () => {
    const open = await opened({ readOnly: true });
    const plan = await open.plan({ verb: 'prepare', functions: ['0000:06:00.0'] });
    expectRefused(await open.apply(plan), 403, 'read-only');
    expectRefused(await open.ask('POST', '/operations/x/stop'), 403, 'read-only');
    expect(existsSync(open.stateDirectory)).toBe(false);
    expect(open.port.driverOf('0000:06:00.0')).toBe('nvme');
  });

  it('without root nothing is changed either, and it says so', async () => {
    const open = await opened({ isRoot: false });
    expectRefused(await open.apply(await open.plan({ verb: 'prepare', functions: ['0000:06:00.0'] })), 403, 'not-root');
  });
});

describe('addresses that lead elsewhere', () => {
  const TRAVERSALS = [
    '/../../etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..\\..\\secret.txt',
    '//etc/passwd',
    '/secret.txt',
    '/.hidden',
    '/%00',
    '/link.js',
  ];

  it.each(TRAVERSALS)('%s gives nothing of the machine', async (path) => {
    const open = await openFiles();
    const reply = await open.raw('GET', path);
    expect(reply.text).not.toContain('root:');
    expect(reply.text).not.toContain('secret of the machine');
    expect([200, 400, 404]).toContain(reply.status);
    if (reply.status !== 200) expect(mismatch(PROBLEM_DETAILS, reply.json())).toBeUndefined();
    else expect(reply.text).toBe('<!doctype html>');
  });

  it.each([
    `${API}/functions/..%2f..%2f..%2fetc%2fpasswd`,
    `${API}/guests/..%2fx`,
    `${API}/plans/__proto__`,
    `${API}/operations/constructor`,
    `${API}/functions/%zz`,
  ])('%s is refused', async (path) => {
    const open = await opened();
    const reply = await open.ask('GET', path.slice(API.length));
    expect([400, 404, 405]).toContain(reply.status);
    expect(mismatch(PROBLEM_DETAILS, reply.json())).toBeUndefined();
  });

  /** A page with a file beside it that is none of its own, and a link that leads there. */
  async function openFiles(): Promise<ServerScene> {
    const base = join(process.env['TMPDIR'] ?? '/tmp', `hostdev-web-${process.pid}-${Math.random().toString(36).slice(2)}`);
    mkdirSync(join(base, 'web/assets'), { recursive: true });
    writeFileSync(join(base, 'secret.txt'), 'secret of the machine');
    writeFileSync(join(base, 'web/index.html'), '<!doctype html>');
    symlinkSync('../secret.txt', join(base, 'web/link.js'));
    return opened({ webDirectory: join(base, 'web') });
  }
});

describe('what is too much', () => {
  it('a body that says it is long, and one that is without saying so', async () => {
    const open = await opened();
    expectRefused(await open.ask('POST', '/plans', { verb: 'prepare', functions: Array(20_000).fill('0000:06:00.0') }), 413, 'request-too-large');
    // What has a wish file in it may be longer.
    expectRefused(await chunked(open, JSON.stringify({ verb: 'prepare', functions: ['x'.repeat(200_000)] })), 413, 'request-too-large');
    expectRefused(await chunked(open, 'x'.repeat(200_000)), 400, 'request-malformed');
    expectRefused(await chunked(open, 'x'.repeat(3_000_000)), 413, 'request-too-large');
    await expectUp(open);
  });

  it('headers without end', async () => {
    const open = await opened();
    const answer = await told(open, `GET / HTTP/1.1\r\nHost: ${open.server.where}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"request-too-large"/);
    await expectUp(open);
  });

  it('what is no HTTP, and headers that are there twice to be read in two ways', async () => {
    const open = await opened();
    expect(await told(open, 'SSH-2.0-OpenSSH\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"request-malformed"/);
    const smuggled = `POST ${API}/plans HTTP/1.1\r\nHost: ${open.server.where}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(await told(open, smuggled)).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"request-malformed"/);
    await expectUp(open);
  });

  it('headers and bodies that come a letter at a time end, and say so', { timeout: 60_000 }, async () => {
    const open = await opened();
    const [headers, body, silent] = await Promise.all([
      dripped(open, `GET / HTTP/1.1\r\nHost: ${open.server.where}\r\nX: `),
      slowBody(open),
      told(open, ''),
      expectUp(open),
    ]);
    expect(headers).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"request-too-slow"/);
    expectRefused(body, 408, 'request-too-slow');
    // Whoever says nothing at all keeps no connection either.
    expect(silent).toMatch(/^HTTP\/1\.1 408 |^$/);
    await expectUp(open);
  });

  it('whoever does not hang up keeps no connection either', { timeout: 60_000 }, async () => {
    const open = await opened();
    const begin = `GET / HTTP/1.1\r\nHost: ${open.server.where}\r\nX: `;
    const [garbage, slow] = await Promise.all([dripped(open, 'SSH-2.0-OpenSSH\r\n\r\n', { hangsUp: false }), dripped(open, begin, { hangsUp: false })]);
    expect(garbage).toMatch(/^HTTP\/1\.1 400 /);
    expect(slow).toMatch(/^HTTP\/1\.1 408 /);
    await expectUp(open);
  });

  it('an answer that nobody takes keeps no connection, and a stream that is taken goes on', { timeout: 30_000 }, async () => {
    const web = mkdtempSync(join(tmpdir(), 'hostdev-web-'));
    writeFileSync(join(web, 'large.js'), Buffer.alloc(16 * 1024 * 1024, 'x'));
    const open = await opened({ webDirectory: web, clock: { now: Date.now, heartbeatMs: 100, takingMs: 500 } });
    const ended = (path: string, takes: boolean): Promise<string> =>
      new Promise((resolve) => {
        const request = open.open(path);
        request.on('error', () => resolve('cut off'));
        request.on('response', (response) => {
          response.on('error', () => resolve('cut off'));
          response.on('end', () => resolve('whole'));
          // Kept alive by nobody: whoever reads nothing does not see either that it was cut off.
          if (takes) response.resume();
          else setTimeout(() => response.resume(), 2000);
        });
        request.end();
      });
    const goesOn = new Promise<string>((resolve) => setTimeout(() => resolve('goes on'), 2500));
    const stream = Promise.race([ended(`${API}/events`, true), goesOn]);
    expect(await Promise.all([ended('/large.js', false), ended('/large.js', true), stream])).toEqual(['cut off', 'whole', 'goes on']);
    await expectUp(open);
  });

  it('ten thousand streams: as many as there may be, the others are refused, and none of it stays', { timeout: 120_000 }, async () => {
    const open = await opened();
    const held: Socket[] = [];
    const seen = new Map<string, number>();
    for (let batch = 0; batch < 100; batch += 1) {
      await Promise.all(Array.from({ length: 100 }, () => stream(open, held).then((status) => seen.set(status, (seen.get(status) ?? 0) + 1))));
    }
    expect(Object.fromEntries(seen)).toEqual({ '200': 64, '503 server-full': 9936 });
    await expectUp(open);
    for (const socket of held) socket.destroy();
    await expect.poll(async () => stream(open, held)).toBe('200');
    for (const socket of held) socket.destroy();
  });

  it('plans are made by some at a time', async () => {
    const open = await opened();
    const replies = await Promise.all(Array.from({ length: 40 }, () => open.ask('POST', '/plans', { verb: 'prepare', functions: ['0000:06:00.0'] })));
    const counts = replies.map(({ status }) => status);
    expect(new Set(counts)).toEqual(new Set([201, 503]));
    for (const reply of replies.filter(({ status }) => status === 503)) expectRefused(reply, 503, 'server-full');
    expect((await open.ask('POST', '/plans', { verb: 'prepare', functions: ['0000:06:00.0'] })).status).toBe(201);
  });

  it('a session has so many tabs: the oldest make room', async () => {
    const open = await opened();
    for (let i = 0; i < 63; i += 1) await open.ask('GET', '/session');
    expect((await open.ask('POST', '/plans', { verb: 'recover' })).status).toBe(201);
    await open.ask('GET', '/session');
    expectRefused(await open.ask('POST', '/plans', { verb: 'recover' }), 403, 'tab-missing');
  });

  it('there are so many plans: the oldest make room', async () => {
    const open = await opened();
    const first = await open.plan({ verb: 'recover' });
    const second = await open.plan({ verb: 'recover' });
    for (let i = 0; i < 199; i += 1) await open.plan({ verb: 'recover' });
    expectRefused(await open.ask('GET', `/plans/${first.id}`), 404, 'plan-unknown');
    expect((await open.ask('GET', `/plans/${second.id}`)).status).toBe(200);
  });

  it('plans of large wish files make room earlier', { timeout: 60_000 }, async () => {
    const open = await opened();
    const text = `formatVersion: 1\n${`# ${'x'.repeat(98)}\n`.repeat(10_000)}`;
    const first = await open.plan({ verb: 'apply', text });
    const second = await open.plan({ verb: 'recover' });
    for (let i = 0; i < 32; i += 1) await open.plan({ verb: 'apply', text });
    expectRefused(await open.ask('GET', `/plans/${first.id}`), 404, 'plan-unknown');
    expect((await open.ask('GET', `/plans/${second.id}`)).status).toBe(200);
  });

  it('a stream ends with its session, and the next request says that nobody is signed in', async () => {
    let time = 1_000_000;
    const open = await opened({ clock: { now: () => time, heartbeatMs: 20, takingMs: 60_000 } });
    const request = open.open(`${API}/events`);
    const ended = new Promise<string>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => void response.on('end', () => resolve('ended')).resume());
    });
    request.end();
    // It lives as long as the session does.
    expect(await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve('goes on'), 200))])).toBe('goes on');
    time += 12 * 60 * 60 * 1000 + 1;
    expect(await ended).toBe('ended');
    expectRefused(await open.ask('GET', '/state'), 401, 'session-missing');
  });

  /** Opens a stream and leaves it open; its status, and the code of a refusal. */
  function stream(open: ServerScene, held: Socket[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = open.open(`${API}/events`);
      request.on('error', reject);
      request.on('response', (response) => {
        if (response.statusCode === 200) {
          held.push(response.socket);
          response.on('error', () => undefined);
          response.resume();
          resolve('200');
          return;
        }
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(`${response.statusCode} ${(JSON.parse(text) as ProblemDetails).code}`));
      });
      request.end();
    });
  }

  /** What is answered to bytes of one's own. */
  function told(open: ServerScene, text: string): Promise<string> {
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect(Number(open.server.where.split(':')[1]), '127.0.0.1', () => socket.write(text));
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
      socket.on('end', () => socket.end());
    });
  }

  /** One letter a second, until the other side has had enough. */
  function dripped(open: ServerScene, begin: string, { hangsUp = true } = {}): Promise<string> {
    return new Promise((resolve) => {
      let answer = '';
      const at = { port: Number(open.server.where.split(':')[1]), host: '127.0.0.1', allowHalfOpen: !hangsUp };
      const socket = connect(at, () => socket.write(begin));
      const drip = setInterval(() => socket.write('x'), 500);
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(drip);
        resolve(answer);
      });
    });
  }

  function slowBody(open: ServerScene): Promise<Reply> {
    return sendBody(open, (write) => {
      const drip = setInterval(() => write(' '), 500);
      return () => clearInterval(drip);
    });
  }

  function chunked(open: ServerScene, text: string): Promise<Reply> {
    return sendBody(open, (write, end) => {
      write(text);
      end();
      return () => undefined;
    });
  }

  function sendBody(open: ServerScene, send: (write: (text: string) => void, end: () => void) => () => void): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const signedIn = open.open(`${API}/plans`);
      const headers = {
        ...Object.fromEntries(Object.entries(signedIn.getHeaders()).map(([name, value]) => [name, String(value)])),
        'Content-Type': 'application/json',
      };
      signedIn.on('error', () => undefined);
      signedIn.destroy();
      const request = askHttp({
        host: '127.0.0.1',
        port: Number(open.server.where.split(':')[1]),
        method: 'POST',
        path: `${API}/plans`,
        headers,
        agent: false,
      });
      request.on('error', reject);
      const stop = send(
        (text) => request.write(text),
        () => request.end(),
      );
      request.on('response', (response) => {
        stop();
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) as never });
          request.destroy();
        });
      });
    });
  }
});

const unix = (directory: string) => parseListenAddress(`unix:${join(directory, 'ui.sock')}`);

describe('a unix socket', () => {
  it("is its owner's alone, and needs no signing in", async () => {
    const open = await opened({ listen: unix });
    expect(statSync(open.server.where).mode & 0o777).toBe(0o600);
    await open.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'] });
    expect((await readHistory(open.stateDirectory)).entries.map(({ by }) => by)).toEqual(['root, over the page from the unix socket']);
  });

  it.each([
    ['a symbolic link', (path: string, directory: string) => symlinkSync(join(directory, 'elsewhere'), path)],
    ['a file', (path: string) => writeFileSync(path, 'of somebody')],
    ['a directory', (path: string) => mkdirSync(path)],
  ])('is not made where %s is', async (_, lay) => {
    const refused = openServer({
      listen: (directory) => {
        lay(join(directory, 'ui.sock'), directory);
        return unix(directory);
      },
    });
    await expect(refused).rejects.toMatchObject({ code: 'listen-impossible' });
  });

  it('is not taken from a server that is too busy to answer', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'hostdev-busy-')), 'ui.sock');
    // It listens, accepts nobody, and has no room for more who wait.
    const script = `require('net').createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => { console.log('up'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) })`;
    const busy = spawn(process.execPath, ['-e', script]);
    await new Promise((resolve) => busy.stdout.once('data', resolve));
    const waiting = Array.from({ length: 8 }, () => connect(path).on('error', () => undefined));
    await expect(openServer({ listen: () => parseListenAddress(`unix:${path}`) })).rejects.toMatchObject({ code: 'listen-impossible' });
    expect(existsSync(path)).toBe(true);
    for (const socket of waiting) socket.destroy();
    busy.kill('SIGKILL');
  });

  it('is not taken from a server that listens there', async () => {
    const open = await opened({ listen: unix });
    await expect(openServer({ listen: () => parseListenAddress(`unix:${open.server.where}`) })).rejects.toMatchObject({ code: 'listen-impossible' });
    await expectUp(open);
  });
});

describeUnless(process.getuid?.() === 0 ? '' : 'only root can be somebody else', 'a unix socket that another local user tries', () => {
  it('does not let them in', async () => {
    const open = await opened({ listen: unix });
    const script = `require('net').connect(${JSON.stringify(open.server.where)}).on('connect',()=>process.exit(0)).on('error',e=>{console.log(e.code);process.exit(7)})`;
    const triedBySomebody = (): string => {
      const { status, stdout } = spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '-e', script], {
        encoding: 'utf8',
      });
      return `${status} ${stdout.trim()}`.trim();
    };
    // The directories are open to all: only the socket itself keeps them out.
    for (const directory of [open.directory, dirname(open.directory)]) chmodSync(directory, 0o755);
    expect(triedBySomebody()).toBe('7 EACCES');
    chmodSync(open.server.where, 0o666);
    expect(triedBySomebody()).toBe('0');
    await expectUp(open);
  });
});

describe('a connection that cannot be accepted', () => {
  it('is told to the log, and the server goes on', async () => {
    const bugs: unknown[] = [];
    const open = await opened({ onBug: (bug) => void bugs.push(bug) });
    // The kernel has no memory or no descriptors for one more: Node tells it of the server itself.
    const server = await new Promise<Server>((resolve) => {
      const onRequest = (message: unknown): void => {
        unsubscribe('http.server.request.start', onRequest);
        resolve((message as { readonly server: Server }).server);
      };
      subscribe('http.server.request.start', onRequest);
      void expectUp(open);
    });
    const errors = [new Error('accept ENFILE'), new Error('accept ENOBUFS')];
    for (const error of errors) server.emit('error', error);
    expect(bugs).toEqual(errors);
    await expectUp(open);
  });
});

describe('where a server may listen', () => {
  it.each(['0.0.0.0:0', '[::]:0', '192.0.2.1:0', 'example.org:0'])('not on %s without TLS and a password', async (text) => {
    const started = serve(BLIND_HOST, { listen: parseListenAddress(text), user: 'root', onBug: () => undefined });
    await expect(started).rejects.toThrow(/TLS and a password are missing/);
    await expect(started).rejects.toMatchObject({ code: 'listen-unsafe' });
  });

  it('not on 0.0.0.0 with a password that everybody on the way can read', async () => {
    const password = { isRight: async () => true };
    await expect(serve(BLIND_HOST, { listen: parseListenAddress('0.0.0.0:0'), user: 'root', password, onBug: () => undefined })).rejects.toThrow(
      /TLS is missing/,
    );
  });

  it('not where somebody else listens', async () => {
    const open = await opened();
    await expect(openServer({ listen: () => parseListenAddress(open.server.where) })).rejects.toMatchObject({ code: 'listen-impossible' });
  });

  it.each(['7788', 'unix:relative', 'unix:/' + 'x'.repeat(120), '127.0.0.1:70000', 'http://127.0.0.1:1', '::1:80', '127.0.0.1:1/../x'])(
    '%s is no address',
    (text) => {
      expect(() => parseListenAddress(text)).toThrow(HostdevError);
    },
  );

  it('the socket of systemd is taken by the process that it is for, and by no child of it', () => {
    expect(socketOfSystemd({ LISTEN_PID: '7', LISTEN_FDS: '1' }, 7)).toEqual({ kind: 'systemd', fd: 3 });
    expect(socketOfSystemd({ LISTEN_PID: '7', LISTEN_FDS: '1' }, 8)).toBeUndefined();
    expect(socketOfSystemd({}, 7)).toBeUndefined();
  });

  it('of several sockets of systemd none is taken, nor another one in their place', () => {
    expect(() => socketOfSystemd({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7)).toThrow('systemd hands over 2 sockets');
    expect(socketOfSystemd({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 8)).toBeUndefined();
  });
});
