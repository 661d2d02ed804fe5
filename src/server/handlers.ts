/** What each route of the table does. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkTogether } from '../app/check.ts';
import { showGuest } from '../app/guests/show-guest.ts';
import { viewing } from '../app/host-view.ts';
import { readHistory } from '../app/history.ts';
import { listFunctions } from '../app/list.ts';
import { showFunction } from '../app/show.ts';
import { takeSnapshot } from '../app/snapshot.ts';
import { HostdevError } from '../errors.ts';
import { tree } from '../json/items/definitions.ts';
import { judged, listed, shown } from '../json/items/functions.ts';
import { guestItem, migrationItem, portsItem } from '../json/items/guests.ts';
import { past } from '../json/items/journal.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { isAbout } from '../plan/change.ts';
import type { PlaceWish } from './api/fleet.ts';
import { openApi } from './api/openapi.ts';
import type { Plan } from './api/plan.ts';
import type { RouteName } from './api/routes.ts';
import type { WholeState } from './api/state.ts';
import type { Wish } from './api/wishes.ts';
import type { ServedFleet } from './fleet/served-fleet.ts';
import { type ServedHost, withLibvirt } from './host.ts';
import type { Answer } from './http/answer.ts';
import type { AtOnce } from './http/at-once.ts';
import type { Streams } from './http/streams.ts';
import type { LiveHost } from './live/live-host.ts';
import type { Messages } from './live/messages.ts';
import type { Unread } from './live/read-state.ts';
import type { Operations } from './operations/operations.ts';
import { type Plans, stale } from './plans/plans.ts';
import type { Caller } from './sign-in/sessions.ts';
import type { Credentials, SignIn } from './sign-in/sign-in.ts';

/** What the server is made of. */
export interface Parts {
  readonly host: ServedHost;
  readonly signIn: SignIn;
  readonly live: LiveHost;
  readonly messages: Messages;
  readonly streams: Streams;
  readonly plans: Plans;
  readonly operations: Operations;
  /** Who is behind a proxy that ends quiet connections hears of us that often. */
  readonly heartbeatMs: number;
  /** Loaded when somebody asks for it. */
  readonly fleet: () => Promise<ServedFleet>;
  /** For whatever reads the host to answer. */
  readonly reads: AtOnce;
  /** For whatever reads the fleet, whose store may be silent for seconds: who asks for the host does not wait for that. */
  readonly fleetReads: AtOnce;
}

/** One request, as far as it was let in. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly parts: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Missing where nobody has to be signed in. */
  readonly caller: Caller;
}

/** Undefined where it answers by itself. */
type Handler = (parts: Parts, asked: Asked) => Promise<Answer | undefined>;

const ok = (body: unknown): Answer => ({ status: 200, body });
const items = (list: readonly unknown[]): Answer => ok({ items: list });

/** What reads the host. For whoever has gone while he waited for it nothing is read. */
const inTurn =
  (handler: Handler): Handler =>
  (parts, asked) =>
    parts.reads(async () => (asked.response.destroyed ? undefined : handler(parts, asked)));

/** A list of the state; refused where it could not be read, which is not to have nothing. */
const reading = (name: keyof Unread, pick: (state: Awaited<ReturnType<LiveHost['current']>>) => readonly unknown[]): Handler =>
  inTurn(async ({ live }) => {
    const state = await live.current();
    const why = live.unread()[name];
    if (why === undefined) return items(pick(state));
    throw new HostdevError(why.code, why.message, { subject: why.subject, hint: why.hint });
  });

/** What reads the fleet. */
const ofFleet =
  (read: (fleet: ServedFleet, asked: Asked) => Promise<object> | object): Handler =>
  ({ fleet, fleetReads }, asked) =>
    fleetReads(async () => ok(await read(await fleet(), asked)));

export const HANDLERS: { readonly [Name in RouteName]: Handler } = {
  openapi: async ({ host }) => ok(openApi(host.version)),
  'sign in': async ({ signIn, host }, { request, body }) => {
    const { caller, cookie } = await signIn.signIn(request, body as Credentials);
    return { status: 201, body: sessionOf(caller, host), headers: { 'Set-Cookie': cookie } };
  },
  session: async ({ host }, { caller }) => ok(sessionOf(caller, host)),
  'sign out': async ({ signIn, streams }, { request, caller }) => {
    const cookie = signIn.signOut(request);
    streams.endOf(caller);
    return { status: 204, headers: cookie === '' ? {} : { 'Set-Cookie': cookie } };
  },
  state: inTurn(async ({ live, operations }) => ok({ ...(await live.current()), operations: operations.list() } satisfies WholeState)),
  host: inTurn(async ({ live }) => ok((await live.current()).host)),
  readiness: reading('readiness', ({ host }) => host.readiness),
  functions: reading('functions', ({ functions }) => functions),
  function: inTurn(functionAt),
  groups: reading('functions', ({ functions }) => groupsOf(functions)),
  guests: reading('guests', ({ guests }) => guests),
  guest: inTurn(guestNamed),
  slots: reading('slots', ({ slots }) => slots),
  persistent: reading('persistent', ({ persistent }) => persistent),
  'in force': reading('inForce', ({ inForce }) => inForce),
  history: inTurn(async ({ host }) => items((await readHistory(host.stateDirectory)).entries.map(past))),
  snapshot: inTurn(async ({ host }) =>
    ok(await takeSnapshot(await host.context(), { redact: false, made: new Date().toISOString(), uid: process.geteuid?.() ?? 0 })),
  ),
  events,
  plan: async ({ plans }, { body }) => planned(await plans.make(body as Wish)),
  'get plan': async ({ plans }, { parts }) => {
    const { plan } = plans.require(parts['id'] ?? '');
    return { status: 200, body: plan, headers: { ETag: `"${plan.hash}"` } };
  },
  apply,
  operations: async ({ operations }) => items(operations.list()),
  operation: async ({ operations }, { parts }) => ok(operations.require(parts['id'] ?? '')),
  stop: async ({ operations }, { parts }) => ({ status: 202, body: operations.stop(parts['id'] ?? '') }),
  'fleet hosts': ofFleet((fleet, { query }) => fleet.hosts(query)),
  'fleet functions': ofFleet((fleet, { query }) => fleet.functions(query)),
  'fleet claims': ofFleet((fleet, { query }) => fleet.claims(query)),
  place: async ({ fleet }, { body }) => {
    const placed = await (await fleet()).place(body as PlaceWish);
    return { status: 201, body: placed, headers: { Location: `/api/v1/fleet/placements/${placed.id}` } };
  },
  placement: ofFleet((fleet, { parts, query }) => fleet.placed(parts['id'] ?? '', query)),
  'placement on': ofFleet((fleet, { parts }) => fleet.placedOn(parts['id'] ?? '', parts['host'] ?? '')),
  undo: async ({ plans }, { parts }) => planned(await plans.make({ verb: 'undo', operations: [parts['id'] ?? ''] })),
};

function planned(plan: Plan): Answer {
  return { status: 201, body: plan, headers: { ETag: `"${plan.hash}"`, Location: `/api/v1/plans/${plan.id}` } };
}

function sessionOf({ openTab, by }: Caller, { readOnly }: ServedHost): object {
  return { tab: openTab(), by, readOnly };
}

function groupsOf(functions: WholeState['functions']): readonly object[] {
  const groups = new Map<number, WholeState['functions'][number][]>();
  for (const each of functions) if (each.iommuGroup !== null) groups.set(each.iommuGroup, [...(groups.get(each.iommuGroup) ?? []), each]);
  return [...groups]
    .sort(([one], [other]) => one - other)
    .map(([iommuGroup, members]) => ({
      iommuGroup,
      functions: members.map(({ hostAddress }) => hostAddress),
      together: members.some(({ companions }) => companions.some(({ mustGo }) => mustGo)),
    }));
}

/** Everything of one look at the host: what is said of a function does not contradict itself. */
async function functionAt({ host }: Parts, { parts }: Asked): Promise<Answer> {
  const address = parsePciAddress(parts['address'] ?? '');
  const context = viewing(await host.context());
  const details = shown(await showFunction(context, address));
  const [check] = await checkTogether(context, [address]);
  const found = (await listFunctions(context)).map(listed).find(({ hostAddress }) => hostAddress === details.hostAddress);
  if (check === undefined || found === undefined) throw new HostdevError('function-unknown', `this machine has no PCI function ${details.hostAddress}`);
  const history = (await readHistory(host.stateDirectory)).entries.map(past).filter(({ subject }) => isAbout(subject, details.hostAddress));
  return ok({ function: found, details, check: judged(check), history });
}

async function guestNamed({ host }: Parts, { parts }: Asked): Promise<Answer> {
  const found = await withLibvirt(host, async (link) => showGuest(await host.context(), link, parts['guest'] ?? ''));
  const { row, versions, ports, migration } = found;
  const part = (each: typeof found.live): object | null => (each === undefined ? null : { xml: each.xml, tree: tree(row.name, versions, each.topology) });
  return ok({ guest: guestItem(row), live: part(found.live), config: part(found.config), ports: portsItem(ports), migration: migrationItem(migration) });
}

async function apply({ plans, operations }: Parts, { parts, request, caller }: Asked): Promise<Answer> {
  const kept = plans.require(parts['id'] ?? '');
  const match = request.headers['if-match'];
  if (match === undefined) {
    throw new HostdevError('precondition-missing', 'If-Match is missing, which says which plan was agreed to', {
      hint: 'send the hash of the plan, in quotes',
    });
  }
  if (match !== `"${kept.plan.hash}"`) throw stale('the plan that was agreed to is not this one', { before: kept.changes, now: kept.changes });
  const operation = await operations.apply(kept, caller);
  return { status: 202, body: operation, headers: { Location: `/api/v1/operations/${operation.id}` } };
}

async function events({ live, messages, operations, streams, heartbeatMs }: Parts, { response, query, caller }: Asked): Promise<undefined> {
  const after = query.get('after');
  if (after !== null && !/^\d{1,16}$/.test(after)) throw new HostdevError('request-malformed', `after is the number of a message, not '${after}'`);
  let end = (): void => undefined;
  const send = streams.begin(response, { owner: caller, onEnd: () => end() });
  // From here on others read the host for it as well.
  const endLook = live.look();
  const head = (): { readonly seq: number; readonly time: string } => ({ seq: messages.last(), time: new Date().toISOString() });
  // From the beginning on: the first look at a large host takes long, and whoever waits for it is told that somebody is there.
  const beat = setInterval(() => {
    // Whoever is not signed in any more hears why at the next request.
    if (!caller.isSignedIn()) return void response.end();
    send(JSON.stringify({ kind: 'heartbeat', ...head() }));
  }, heartbeatMs);
  let unfollow = (): void => undefined;
  end = () => {
    clearInterval(beat);
    unfollow();
    endLook();
  };
  response.flushHeaders();
  // What was read last is shown at once; what has changed since comes as patches.
  if (live.latest() === undefined) await live.current();
  if (response.destroyed) return;
  const missed = after === null ? undefined : messages.after(Number(after));
  if (missed === undefined) send(JSON.stringify({ kind: 'state', ...head(), state: { ...live.latest(), operations: operations.list() } }));
  else for (const line of missed) send(line);
  unfollow = messages.follow(send);
}
