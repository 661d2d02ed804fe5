/** The table of what can be asked of the server: checks of requests, the router and OpenAPI follow from it. */
import { TREE_DEFINITIONS } from '../../json/contract/definitions.ts';
import { LISTED, READY } from '../../json/contract/functions.ts';
import { GUEST } from '../../json/contract/guests.ts';
import { KEPT, LISTED_SLOT } from '../../json/contract/host-changes.ts';
import { IN_FORCE, PAST } from '../../json/contract/journal.ts';
import { list, map, record, type Shape } from '../../json/contract/shape.ts';
import { SNAPSHOT } from '../../json/contract/snapshot.ts';
import { MESSAGE } from './events.ts';
import { FLEET_CLAIMS, FLEET_FUNCTIONS, FLEET_HOSTS, PLACE, PLACED, PLACED_ON } from './fleet.ts';
import { OPERATION } from './operation.ts';
import { PLAN } from './plan.ts';
import { SESSION, SIGN_IN } from './session.ts';
import { FUNCTION, GROUP, GUEST_DETAILS, HOST, STATE } from './state.ts';
import { WISH } from './wishes.ts';

/** Where the API begins. */
export const API = '/api/v1';

/** A wish file, or a definition, of 1 MiB, each letter of which may have become two, and a name. */
const LONGEST_TEXT = 2 * 1024 * 1024 + 4096;

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Behind {@link API}; `{name}` is a part that is data. */
  readonly path: string;
  readonly summary: string;
  /** What is sent; nothing when missing. */
  readonly body?: Shape<object>;
  /** How many bytes it may have at most, by its verb, where it has more in it than names. */
  readonly longest?: Readonly<Record<string, number>>;
  readonly status: 200 | 201 | 202 | 204;
  /** What comes back; nothing when missing. */
  readonly answer?: Shape<object>;
  /** Schemas that the answer refers to. */
  readonly definitions?: Readonly<Record<string, Shape<unknown>>>;
  readonly type?: 'application/json' | 'application/x-ndjson';
  /** Headers and query parameters. */
  readonly parameters?: readonly { readonly in: 'header' | 'query'; readonly name: string; readonly required: boolean; readonly what: string }[];
  /** Of what is sent: whether a server that only shows takes it all the same. */
  readonly changesNothing?: true;
  /** Whether it is answered before anybody has signed in. */
  readonly open?: true;
}

const items = <T>(shape: Shape<T>) => record({ items: list(shape) });
const asked = (name: string, what: string) => ({ in: 'query', name, required: false, what }) as const;
const AFTER = asked('after', '`next` of the part before');
const OF_HOSTS = asked('host', 'of these hosts, by their names between commas');
const IF_MATCH = { in: 'header', name: 'If-Match', required: true, what: 'the hash of the plan, in quotes' } as const;

export const ROUTES = {
  openapi: { method: 'GET', path: '/openapi.json', summary: 'This document', status: 200, answer: map({ schema: {} }), open: true },
  'sign in': {
    method: 'POST',
    path: '/session',
    summary: 'Exchange the token of the link, or a password, for a session',
    body: SIGN_IN,
    status: 201,
    answer: SESSION,
    open: true,
  },
  session: { method: 'GET', path: '/session', summary: 'Who is signed in, and what this tab has to send with changes', status: 200, answer: SESSION },
  'sign out': { method: 'DELETE', path: '/session', summary: 'End the session', status: 204, changesNothing: true },
  state: { method: 'GET', path: '/state', summary: 'Everything that the page shows', status: 200, answer: STATE },
  host: { method: 'GET', path: '/host', summary: 'The host, and whether it is ready', status: 200, answer: HOST },
  readiness: { method: 'GET', path: '/host/readiness', summary: 'What guests need of the host', status: 200, answer: items(READY) },
  functions: { method: 'GET', path: '/functions', summary: 'Every PCI function', status: 200, answer: items(LISTED) },
  function: { method: 'GET', path: '/functions/{address}', summary: 'All of one function', status: 200, answer: FUNCTION },
  groups: { method: 'GET', path: '/groups', summary: 'IOMMU groups', status: 200, answer: items(GROUP) },
  guests: { method: 'GET', path: '/guests', summary: 'Guests of libvirt, and what they hold', status: 200, answer: items(GUEST) },
  guest: { method: 'GET', path: '/guests/{guest}', summary: 'All of one guest', status: 200, answer: GUEST_DETAILS, definitions: TREE_DEFINITIONS },
  slots: { method: 'GET', path: '/slots', summary: 'Function slots of IBM Z', status: 200, answer: items(LISTED_SLOT) },
  persistent: { method: 'GET', path: '/persistent', summary: 'What is taken at every boot', status: 200, answer: items(KEPT) },
  'in force': { method: 'GET', path: '/in-force', summary: "What of hostdev's changes is in force, or was interrupted", status: 200, answer: items(IN_FORCE) },
  history: { method: 'GET', path: '/history', summary: 'Every change there was, oldest first', status: 200, answer: items(PAST) },
  snapshot: { method: 'GET', path: '/snapshot', summary: 'The host in a file, for --host and the planner', status: 200, answer: SNAPSHOT },
  events: {
    method: 'GET',
    path: '/events',
    summary: 'Whole state first, then what changes, an object a line',
    status: 200,
    answer: MESSAGE as Shape<object>,
    type: 'application/x-ndjson',
    parameters: [
      {
        in: 'query',
        name: 'after',
        required: false,
        what: 'seq of the last message that was seen; the whole state comes again where those after it are not known any more',
      },
    ],
  },
  plan: {
    method: 'POST',
    path: '/plans',
    summary: 'Plan a wish; nothing is changed',
    body: WISH,
    longest: { apply: LONGEST_TEXT },
    changesNothing: true,
    status: 201,
    answer: PLAN,
  },
  'get plan': { method: 'GET', path: '/plans/{id}', summary: 'A plan that was made', status: 200, answer: PLAN },
  apply: {
    method: 'POST',
    path: '/plans/{id}/apply',
    summary: 'Carry a plan out; again, it is the same operation',
    status: 202,
    answer: OPERATION,
    parameters: [IF_MATCH],
  },
  operations: { method: 'GET', path: '/operations', summary: 'Operations of this server, latest first', status: 200, answer: items(OPERATION) },
  operation: { method: 'GET', path: '/operations/{id}', summary: 'One operation', status: 200, answer: OPERATION },
  stop: { method: 'POST', path: '/operations/{id}/stop', summary: 'Stop, and undo what was done', status: 202, answer: OPERATION },
  undo: {
    method: 'POST',
    path: '/operations/{id}/undo',
    summary: 'Plan what undoes an operation that has ended: the wish undo of one operation',
    status: 201,
    answer: PLAN,
  },
  'fleet hosts': {
    method: 'GET',
    path: '/fleet/hosts',
    summary: 'Hosts of the fleet that this host is of, with what is free, held and in use by class',
    status: 200,
    answer: FLEET_HOSTS,
    parameters: [OF_HOSTS, AFTER],
  },
  'fleet functions': {
    method: 'GET',
    path: '/fleet/functions',
    summary: 'Functions of all hosts of the fleet; several values of one filter stand between commas',
    status: 200,
    answer: FLEET_FUNCTIONS,
    parameters: [
      asked('class', 'of this class: gpu, nic, nvme, …'),
      asked('vendor', 'of this vendor, by its id (10de)'),
      asked('device', 'with this device id (2236)'),
      asked('numa', 'of this NUMA node'),
      asked('free', 'true: free, and claimed by nobody'),
      OF_HOSTS,
      AFTER,
    ],
  },
  'fleet claims': {
    method: 'GET',
    path: '/fleet/claims',
    summary: 'What is claimed in the fleet, for whom, and how far it is',
    status: 200,
    answer: FLEET_CLAIMS,
    parameters: [asked('guest', 'of this guest'), asked('host', 'on this host'), asked('state', 'in one of these states'), AFTER],
  },
  place: {
    method: 'POST',
    path: '/fleet/placements',
    summary: 'Look which hosts of the fleet can run a definition; nothing is claimed',
    body: PLACE,
    longest: { place: LONGEST_TEXT },
    changesNothing: true,
    status: 201,
    answer: PLACED,
  },
  placement: {
    method: 'GET',
    path: '/fleet/placements/{id}',
    summary: 'More hosts of a placement that was looked for',
    status: 200,
    answer: PLACED,
    parameters: [AFTER],
  },
  'placement on': {
    method: 'GET',
    path: '/fleet/placements/{id}/hosts/{host}',
    summary: 'One of its hosts as it is now, and what the definition would be there',
    status: 200,
    answer: PLACED_ON,
  },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof ROUTES;
