/** The server's API, over any transport. */
import type { FUNCTION, GUEST_DETAILS } from '../../../server/api/state.ts';
import type { FLEET_CLAIMS, FLEET_FUNCTIONS, FLEET_HOSTS, PLACED, PLACED_ON, PlaceWish } from '../../../server/api/fleet.ts';
import type { Operation } from '../../../server/api/operation.ts';
import type { Plan } from '../../../server/api/plan.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import type { RouteName } from '../../../server/api/routes.ts';
import type { Session } from '../../../server/api/session.ts';
import type { Wish } from '../../../server/api/wishes.ts';
import type { PAST } from '../../../json/contract/journal.ts';
import type { Of } from '../../../json/contract/shape.ts';
import { detailsOf, Refusal, unanswered } from './refusal.ts';
import type { Request, Transport } from './transport.ts';

export type FunctionDetails = Of<typeof FUNCTION>;
export type GuestDetails = Of<typeof GUEST_DETAILS>;
export type Past = Of<typeof PAST>;
export type FleetPart<Item> = Omit<Of<typeof FLEET_HOSTS>, 'items'> & { readonly items: readonly Item[] };
export type FleetHost = Of<typeof FLEET_HOSTS>['items'][number];
export type FleetFunction = Of<typeof FLEET_FUNCTIONS>['items'][number];
export type FleetClaim = Of<typeof FLEET_CLAIMS>['items'][number];
export type Placed = Of<typeof PLACED>;
export type PlacedOn = Of<typeof PLACED_ON>;
export type FleetPlacement = PlacedOn['placement'];
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
  /** The fleet that the host is of; a query is what filters, with its question mark. */
  readonly fleet: {
    readonly hosts: (query: string) => Promise<FleetPart<FleetHost>>;
    readonly functions: (query: string) => Promise<FleetPart<FleetFunction>>;
    readonly claims: (query: string) => Promise<FleetPart<FleetClaim>>;
    readonly place: (wish: PlaceWish) => Promise<Placed>;
    readonly placed: (id: string, after: string) => Promise<Placed>;
    readonly placedOn: (id: string, host: string) => Promise<PlacedOn>;
  };
  /** Body of the stream of events, to be read until `signal` ends it. */
  readonly events: (after: number | null, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  /** Told when the server knows us no more, whatever was asked for; gives what ends that. */
  readonly onSignedOut: (tell: (why: ProblemDetails) => void) => () => void;
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
  'fleet hosts': (query = '') => `/fleet/hosts${query}`,
  'fleet functions': (query = '') => `/fleet/functions${query}`,
  'fleet claims': (query = '') => `/fleet/claims${query}`,
  place: () => '/fleet/placements',
  placement: (id = '', after = '') => `/fleet/placements/${encodeURIComponent(id)}?after=${encodeURIComponent(after)}`,
  'placement on': (id = '', host = '') => `/fleet/placements/${encodeURIComponent(id)}/hosts/${encodeURIComponent(host)}`,
  events: (after = '') => `/events${after === '' ? '' : `?after=${after}`}`,
} as const satisfies Partial<Record<RouteName, (part?: string, other?: string) => string>>;

export function connectApi(transport: Transport): Api {
  let tab = '';
  let renewing: Promise<Session> | null = null;
  const listeners = new Set<(why: ProblemDetails) => void>();
  const send = (call: Call, signal?: AbortSignal): Promise<Response> => respond(transport, { ...call, tab }, signal);
  const request = async (call: Call, signal?: AbortSignal): Promise<Response> => {
    const sent = tab;
    try {
      return await send(call, signal);
    } catch (error) {
      const why = detailsOf(error);
      if (why.status === 401) for (const tell of listeners) tell(why);
      if (why.code !== 'tab-missing') throw error;
    }
    // The server was started again, or has made room for other tabs. What it did not let in was not done: it is asked once more.
    if (tab === sent) await renewTab();
    return send(call, signal);
  };
  const ask = async <Answer>(call: Call): Promise<Answer> => (await request(call)).json() as Promise<Answer>;
  const keepTab = async (session: Promise<Session>): Promise<Session> => {
    ({ tab } = await session);
    return session;
  };
  const post = <Answer>(path: string, rest: Omit<Call, 'method' | 'path'> = {}): Promise<Answer> => ask({ method: 'POST', path, ...rest });
  const get = <Answer>(path: string): Promise<Answer> => ask({ method: 'GET', path });
  const openTab = (): Promise<Session> => keepTab(get(PATHS.session()));
  // One value is enough for all that miss it at the same time.
  const renewTab = (): Promise<Session> => {
    renewing ??= openTab().finally(() => {
      renewing = null;
    });
    return renewing;
  };
  return {
    // A secret that is not the right one ends no session.
    signIn: (secret) => keepTab(send({ method: 'POST', path: PATHS.session(), body: secret }).then((answer) => answer.json() as Promise<Session>)),
    session: openTab,
    function: (address) => get(PATHS.function(address)),
    guest: (guest) => get(PATHS.guest(guest)),
    history: () => get(PATHS.history()),
    plan: (wish) => post(PATHS.plan(), { body: wish }),
    getPlan: (id) => get(PATHS['get plan'](id)),
    apply: ({ id, hash }) => post(PATHS.apply(id), { headers: { 'If-Match': `"${hash}"` } }),
    operation: (id) => get(PATHS.operation(id)),
    stop: (id) => post(PATHS.stop(id)),
    undo: (id) => post(PATHS.undo(id)),
    fleet: {
      hosts: (query) => get(PATHS['fleet hosts'](query)),
      functions: (query) => get(PATHS['fleet functions'](query)),
      claims: (query) => get(PATHS['fleet claims'](query)),
      place: (wish) => post(PATHS.place(), { body: wish }),
      placed: (id, after) => get(PATHS.placement(id, after)),
      placedOn: (id, host) => get(PATHS['placement on'](id, host)),
    },
    events: async (after, signal) => {
      const { body } = await request({ method: 'GET', path: PATHS.events(after === null ? '' : String(after)) }, signal);
      if (body === null) throw new Refusal(unanswered('the stream of events has no body', 'reload the page'));
      return body;
    },
    onSignedOut: (tell) => {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
  };
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
