/** The state, read as the commands read it. */
import type { AppContext } from '../../app/context.ts';
import type { KeptGuests } from '../../app/guests/kept-guests.ts';
import type { LibvirtConnection } from '../../app/guests/connect.ts';
import { guestRows } from '../../app/guests/list-guests.ts';
import { viewHost, viewing } from '../../app/host-view.ts';
import { listFunctions } from '../../app/list.ts';
import { listPersistent } from '../../app/persistent-list.ts';
import { checkReadiness } from '../../app/readiness.ts';
import { listSlots } from '../../app/slots.ts';
import { readStatus } from '../../app/status.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { jsonProblem } from '../../json/contract/envelope.ts';
import { listed, ready } from '../../json/items/functions.ts';
import { guestItem } from '../../json/items/guests.ts';
import { kept as keptItems, listedSlot } from '../../json/items/host-changes.ts';
import { inForce } from '../../json/items/journal.ts';
import type { Of } from '../../json/contract/shape.ts';
import type { READY } from '../../json/contract/functions.ts';
import type { WholeState } from '../api/state.ts';
import type { NodeDevice } from '../../state/node-device.ts';
import type { ServedHost } from '../host.ts';

/** All but the operations, which live in the server. */
export type HostPart = Omit<WholeState, 'operations'>;

/** How libvirt can be asked: a way to it, or why there is none. */
export type Reach = { readonly link: LibvirtConnection } | { readonly problem: Problem };

/** Where the state is read: the machine, and guests. */
export interface Sources {
  readonly context: AppContext;
  readonly reach: Reach;
  readonly guests: KeptGuests;
  /** Since when libvirt does not answer, where it does not. */
  readonly awaySince: string;
}

/** Lists that could not be read, and why: they are empty in the state, which has the same among its problems. */
export type Unread = { readonly [Name in 'functions' | 'slots' | 'guests' | 'persistent' | 'readiness' | 'inForce']?: Problem };

/** A state, and the functions that it is of as the host has them. */
export interface ReadState {
  readonly part: HostPart;
  readonly functions: readonly NodeDevice[];
  readonly unread: Unread;
}

/** What hardly ever changes, and is much to read: whether the host is ready, and what is kept across boots. */
type Settled = Pick<HostPart, 'persistent'> & { readonly readiness: HostPart['host']['readiness']; readonly unread: Unread };

/** What was read last of what is settled is kept where it is given. What cannot be read is a problem of the host, and the rest is told all the same. */
export async function readState(host: ServedHost, sources: Sources, kept?: Settled): Promise<ReadState & { readonly settled: Settled }> {
  // One look at the machine for all of it.
  const context = viewing(sources.context);
  const unread: WritableUnread = {};
  const functions = await orUnread(unread, 'functions', listFunctions(context), []);
  const slots = await orUnread(unread, 'slots', listSlots(context).catch(unlessNone), []);
  const settled = kept ?? (await readSettled(context));
  const status = await orUnread(unread, 'inForce', readStatus(context, host.stateDirectory), { changes: [], problems: [] });
  const guests = await guestsOf(context, sources);
  const { reach, awaySince } = sources;
  const part = {
    host: {
      ...{ name: host.name, version: host.version, readOnly: host.readOnly, seesAll: context.isRoot },
      readiness: settled.readiness,
      libvirt: {
        uri: 'link' in reach ? reach.link.uri : (host.libvirtUri ?? null),
        reachable: guests.problem === null,
        problem: guests.problem === null ? null : jsonProblem(guests.problem),
        since: guests.problem === null ? null : awaySince,
      },
      problems: [...Object.values(unread), ...Object.values(settled.unread), ...status.problems].map(jsonProblem),
    },
    functions: functions.map(listed),
    slots: slots.map(listedSlot),
    guests: guests.rows.map(guestItem),
    persistent: settled.persistent,
    inForce: status.changes.map(inForce),
  };
  return {
    part,
    functions: functions.length === 0 ? [] : (await viewHost(context)).state.functions,
    unread: { ...unread, ...settled.unread, ...(guests.problem === null ? {} : { guests: guests.problem }) },
    settled,
  };
}

async function readSettled(context: AppContext): Promise<Settled> {
  const unread: WritableUnread = {};
  const persistent = await orUnread(unread, 'persistent', listPersistent(context), { rules: [], others: [], unread: [] });
  const readiness = await orUnread(unread, 'readiness', checkReadiness(context), []);
  return { persistent: keptItems(persistent), readiness: readiness.map((found) => ready(found) as Of<typeof READY>), unread };
}

type WritableUnread = { -readonly [Name in keyof Unread]: Unread[Name] };

async function orUnread<T>(unread: WritableUnread, name: keyof Unread, reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    unread[name] = error.toProblem();
    return otherwise;
  }
}

/** Only IBM Z has slots of functions. */
function unlessNone(error: unknown): Awaited<ReturnType<typeof listSlots>> {
  if (error instanceof HostdevError && error.code === 'slot-unknown') return [];
  throw error;
}

/** A daemon that has gone is looked for once: whoever looks wants to know that it is away. */
const ONE_TRY = AbortSignal.abort();

async function guestsOf(
  context: AppContext,
  { reach, guests }: Sources,
): Promise<{ readonly rows: Awaited<ReturnType<typeof guestRows>>; readonly problem: Problem | null }> {
  if ('problem' in reach) return { rows: [], problem: reach.problem };
  try {
    const libvirt = await reach.link.get(ONE_TRY);
    return { rows: await guestRows(context, libvirt, await guests.read(libvirt)), problem: null };
  } catch (error) {
    if (error instanceof HostdevError) return { rows: [], problem: error.toProblem() };
    throw error;
  }
}
