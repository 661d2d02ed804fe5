/** The API over fetch: what becomes of a request when the server does not know the session or the tab any more. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connectApi } from '../../../src/web/page/connection/api.ts';
import { byFetch } from '../../../src/web/page/connection/transport.ts';
import { detailsOf, isUnanswered, Refusal, unanswered } from '../../../src/web/page/connection/refusal.ts';

interface Asked {
  readonly what: string;
  readonly tab: string | null;
}

/** A server that answers one request after the other. */
let answers: (object | Error)[];
let asked: Asked[];
beforeEach(() => {
  [answers, asked] = [[], []];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    asked.push({ what: `${init.method} ${url}`, tab: new Headers(init.headers).get('Hostdev-Tab') });
    const answer = answers.shift() ?? new Error('nobody is there');
    if (answer instanceof Error) throw answer;
    const status = 'status' in answer ? Number(answer.status) : 200;
    return new Response(JSON.stringify(answer), { status });
  });
});
afterEach(() => vi.unstubAllGlobals());

const refused = (status: number, code: string): object => ({ status, code, detail: code });
const WISH = { verb: 'recover' } as const;

describe('a value for the tab that is lost', () => {
  test('is asked for again, and the request that was not let in is made once more', async () => {
    const api = connectApi(byFetch);
    answers.push({ tab: 'old' }, refused(403, 'tab-missing'), { tab: 'new' }, { id: 'p' });
    await api.session();
    expect(await api.plan(WISH)).toEqual({ id: 'p' });
    expect(asked.map(({ what, tab }) => `${what} ${tab}`)).toEqual([
      'GET api/v1/session null',
      'POST api/v1/plans old',
      'GET api/v1/session null',
      'POST api/v1/plans new',
    ]);
  });

  test('is asked for once by two requests that miss it at the same time', async () => {
    const api = connectApi(byFetch);
    answers.push({ tab: 'old' });
    await api.session();
    answers.push(refused(403, 'tab-missing'), refused(403, 'tab-missing'), { tab: 'new' }, { id: 'p' }, { id: 'o' });
    expect(await Promise.all([api.plan(WISH), api.stop('o')])).toEqual([{ id: 'p' }, { id: 'o' }]);
    expect(asked.filter(({ what }) => what.startsWith('GET'))).toHaveLength(2);
  });

  test('is told of where a new one does not help either', async () => {
    const api = connectApi(byFetch);
    answers.push(refused(403, 'tab-missing'), { tab: 'new' }, refused(403, 'tab-missing'));
    await expect(api.plan(WISH)).rejects.toMatchObject({ details: { code: 'tab-missing' } });
    expect(asked).toHaveLength(3);
  });
});

describe('a session that has ended', () => {
  const ENDED = refused(401, 'session-missing');

  test.each<readonly [string, (api: ReturnType<typeof connectApi>) => Promise<unknown>]>([
    ['a plan is made', (api) => api.plan(WISH)],
    ['a function is looked at', (api) => api.function('0000:01:00.0')],
    ['an operation is stopped', (api) => api.stop('o')],
    ['events are followed', (api) => api.events(null, new AbortController().signal)],
  ])('is told of, and refused, when %s', async (_, act) => {
    const api = connectApi(byFetch);
    const told: string[] = [];
    api.onSignedOut(({ code }) => void told.push(code));
    answers.push(ENDED);
    await expect(act(api)).rejects.toBeInstanceOf(Refusal);
    expect(told).toEqual(['session-missing']);
  });

  test('is not told of by a password that is wrong, nor to whoever does not listen any more', async () => {
    const api = connectApi(byFetch);
    const told: string[] = [];
    const forget = api.onSignedOut(({ code }) => void told.push(code));
    answers.push(refused(401, 'sign-in-refused'), ENDED);
    await expect(api.signIn({ password: 'no' })).rejects.toMatchObject({ details: { code: 'sign-in-refused' } });
    forget();
    await expect(api.history()).rejects.toBeInstanceOf(Refusal);
    expect(told).toEqual([]);
  });
});

describe('nobody knows what became of a request', () => {
  test.each<readonly [string, unknown, boolean]>([
    ['that the network lost', new TypeError('Failed to fetch'), true],
    ['that something in between answered', new Refusal(unanswered('502 Bad Gateway', '', 502)), true],
    ['that the server refused', new Refusal({ ...unanswered('', '', 409), code: 'busy' }), false],
  ])('%s: %o', (_, error, is) => expect(isUnanswered(detailsOf(error))).toBe(is));
});
