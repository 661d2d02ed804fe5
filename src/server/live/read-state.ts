/** The whole state, read as the commands read it. */
import type { AppContext } from '../../app/context.ts';
import type { LibvirtConnection } from '../../app/guests/connect.ts';
import { listGuests } from '../../app/guests/list-guests.ts';
import { viewing } from '../../app/host-view.ts';
import { listFunctions } from '../../app/list.ts';
import { listPersistent } from '../../app/persistent-list.ts';
import { checkReadiness } from '../../app/readiness.ts';
import { listSlots } from '../../app/slots.ts';
import { readStatus } from '../../app/status.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { jsonProblem } from '../../json/contract/envelope.ts';
import { listed, ready } from '../../json/items/functions.ts';
import { guestItem } from '../../json/items/guests.ts';
import { kept, listedSlot } from '../../json/items/host-changes.ts';
import { inForce } from '../../json/items/journal.ts';
import type { Of } from '../../json/contract/shape.ts';
import type { READY } from '../../json/contract/functions.ts';
import type { WholeState } from '../api/state.ts';
import type { ServedHost } from '../host.ts';

/** All but the operations, which live in the server. */
export type HostPart = Omit<WholeState, 'operations'>;

/** How libvirt can be asked: a way to it, or why there is none. */
export type Reach = { readonly link: LibvirtConnection } | { readonly problem: Problem };

/** Reads everything. What cannot be read is a problem of the host, and the rest is told all the same. */
export async function readState(host: ServedHost, reach: Reach): Promise<HostPart> {
  // One look at the machine for all of it.
  const context = viewing(await host.context());
  const problems: Problem[] = [];
  const or = async <T>(reading: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      problems.push(error.toProblem());
      return otherwise;
    }
  };
  const functions = await or(listFunctions(context), []);
  const slots = await slotsOf(context);
  const persistent = await or(listPersistent(context), { rules: [], others: [], unread: [] });
  const status = await or(readStatus(context, host.stateDirectory), { changes: [], problems: [] });
  const readiness = await or(checkReadiness(context), []);
  const guests = await guestsOf(context, reach);
  problems.push(...status.problems);
  return {
    host: {
      ...{ name: host.name, version: host.version, readOnly: host.readOnly, seesAll: context.isRoot },
      readiness: readiness.map((found) => ready(found) as Of<typeof READY>),
      libvirt: {
        uri: 'link' in reach ? reach.link.uri : (host.libvirtUri ?? null),
        reachable: guests.problem === null,
        problem: guests.problem === null ? null : jsonProblem(guests.problem),
      },
      problems: problems.map(jsonProblem),
    },
    functions: functions.map(listed),
    slots: slots.map(listedSlot),
    guests: guests.rows.map(guestItem),
    persistent: kept(persistent),
    inForce: status.changes.map(inForce),
  };
}

/** Only IBM Z has slots of functions. */
async function slotsOf(context: AppContext): ReturnType<typeof listSlots> {
  try {
    return await listSlots(context);
  } catch (error) {
    if (error instanceof HostdevError) return [];
    throw error;
  }
}

async function guestsOf(
  context: AppContext,
  reach: Reach,
): Promise<{ readonly rows: Awaited<ReturnType<typeof listGuests>>; readonly problem: Problem | null }> {
  if ('problem' in reach) return { rows: [], problem: reach.problem };
  try {
    return { rows: await listGuests(context, await reach.link.get()), problem: null };
  } catch (error) {
    if (error instanceof HostdevError) return { rows: [], problem: error.toProblem() };
    throw error;
  }
}
