/** The server's API, over any transport. */
import type { FUNCTION, GUEST_DETAILS } from '../../../server/api/state.ts';
import type { Operation } from '../../../server/api/operation.ts';
import type { Plan } from '../../../server/api/plan.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import type { RouteName } from '../../../server/api/routes.ts';
import type { Session } from '../../../server/api/session.ts';
import type { Wish } from '../../../server/api/wishes.ts';
import type { PAST } from '../../../json/contract/journal.ts';
import type { Of } from '../../../json/contract/shape.ts';
import { Refusal, unanswered } from './refusal.ts';
import type { Request, Transport } from './transport.ts';

export type FunctionDetails = Of<typeof FUNCTION>;
export type GuestDetails = Of<typeof GUEST_DETAILS>;
export type Past = Of<typeof PAST>;
type Listed<Item> = { readonly items: readonly Item[] };

const BASE = 'api/v1';
/** The header that another site cannot send: TAB_HEADER of the contract, whose room is here for its types alone. */
const TAB = 'Hostdev-Tab';

interface Call {
  readonly method: Request['method'];
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  readonly signIn: (secret: { readonly token: string } | { readonly password: string }) => Promise<Session>;
  readonly session: () => Promise<Session>;
  readonly function: (address: string) => Promise<FunctionDetails>;
  readonly guest: (guest: string) => Promise<GuestDetails>;
  readonly history: () => Promise<Listed<Past>>;
  readonly plan: (wish: Wish) => Promise<Plan>;
  readonly getPlan: (id: string) => Promise<Plan>;
  readonly apply: (plan: Plan) => Promise<Operation>;
  readonly operation: (id: string) => Promise<Operation>;
  readonly stop: (id: string) => Promise<Operation>;
  readonly undo: (id: string) => Promise<Plan>;
  /** Body of the stream of events, to be read until `signal` ends it. */
  readonly events: (after: number | null, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
}

/** Every call is one of the contract's routes: a name that it does not know does not compile. */
const PATHS = {
  session: () => '/session',
  function: (address = '') => `/functions/${encodeURIComponent(address)}`,
  guest: (guest = '') => `/guests/${encodeURIComponent(guest)}`,
  history: () => '/history',
  plan: () => '/plans',
  'get plan': (id = '') => `/plans/${encodeURIComponent(id)}`,
  apply: (id = '') => `/plans/${encodeURIComponent(id)}/apply`,
  operation: (id = '') => `/operations/${encodeURIComponent(id)}`,
  stop: (id = '') => `/operations/${encodeURIComponent(id)}/stop`,
  undo: (id = '') => `/operations/${encodeURIComponent(id)}/undo`,
  events: (after = '') => `/events${after === '' ? '' : `?after=${after}`}`,
} as const satisfies Partial<Record<RouteName, (part?: string) => string>>;

export function connectApi(transport: Transport): Api {
  let tab = '';
  const send = (call: Call, signal?: AbortSignal): Promise<Response> => respond(transport, { ...call, tab }, signal);
  const keepTab = async (session: Promise<Session>): Promise<Session> => {
    ({ tab } = await session);
    return session;
  };
  const renewTab = (): Promise<Session> => keepTab(send({ method: 'GET', path: PATHS.session() }).then((answer) => answer.json() as Promise<Session>));
  const ask = async <Answer>(call: Call): Promise<Answer> => {
    const answer = await send(call).catch(async (error: unknown) => {
      if (!isOfOldTab(error)) throw error;
      await renewTab();
      return send(call);
    });
    return answer.json() as Promise<Answer>;
  };
  const post = <Answer>(path: string, rest: Omit<Call, 'method' | 'path'> = {}): Promise<Answer> => ask({ method: 'POST', path, ...rest });
  const get = <Answer>(path: string): Promise<Answer> => ask({ method: 'GET', path });
  return {
    signIn: (secret) => keepTab(post(PATHS.session(), { body: secret })),
    session: renewTab,
    function: (address) => get(PATHS.function(address)),
    guest: (guest) => get(PATHS.guest(guest)),
    history: () => get(PATHS.history()),
    plan: (wish) => post(PATHS.plan(), { body: wish }),
    getPlan: (id) => get(PATHS['get plan'](id)),
    apply: ({ id, hash }) => post(PATHS.apply(id), { headers: { 'If-Match': `"${hash}"` } }),
    operation: (id) => get(PATHS.operation(id)),
    stop: (id) => post(PATHS.stop(id)),
    undo: (id) => post(PATHS.undo(id)),
    events: async (after, signal) => {
      const { body } = await send({ method: 'GET', path: PATHS.events(after === null ? '' : String(after)) }, signal);
      if (body === null) throw new Refusal(unanswered('the stream of events has no body', 'reload the page'));
      return body;
    },
  };
}

/** Somebody who is let in has a tab that the server does not know: it was started again meanwhile, or has made room for others. Nothing was done. */
function isOfOldTab(error: unknown): boolean {
  return error instanceof Refusal && error.details.code === 'tab-missing';
}

async function respond(transport: Transport, { method, path, body, headers, tab }: Call & { readonly tab: string }, signal?: AbortSignal): Promise<Response> {
  const answer = await transport({
    ...{ method, path: `${BASE}${path}`, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(method === 'GET' ? {} : { [TAB]: tab }), ...headers },
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.ok) return answer;
  throw new Refusal(await answer.json().then(asDetails, () => unanswered(`${answer.status} ${answer.statusText}`, 'reload the page', answer.status)));
}

/** Something between the page and the server may answer in its own words. */
function asDetails(found: unknown): ProblemDetails {
  const given = (typeof found === 'object' && found !== null ? found : {}) as Partial<ProblemDetails>;
  return { ...unanswered(given.detail ?? given.title ?? 'no reason was given', given.hint ?? ''), ...given };
}
