/** `hostdev status`, `history` and `recover`: what the journal knows, held against the kernel. */
import { openJournal, stateDirectory } from '../execute/journal/journal.ts';
import { withLock } from '../execute/journal/lock.ts';
import { type BeginRecord, isGuestVerb, type State, type Verb } from '../execute/journal/record.ts';
import { sameState } from '../execute/change.ts';
import { CHANGE_KINDS, isLasting } from '../execute/kinds.ts';
import { type Guard, openRecords, recover, type Recovery } from '../execute/recover.ts';
import { HostdevError } from '../errors.ts';
import { readNodeDevice } from '../host/inventory.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { HostPort } from '../host/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { AppContext } from './context.ts';
import { checkFunctions } from './check.ts';
import { bootId } from './journaled.ts';
import { settleGuest } from './guests/recover.ts';
import { waiting, type WaitOptions } from './wait.ts';

/** A change of hostdev's that is in force in this boot. */
export interface ChangeInForce {
  /** Address of the function; for slots the function id. */
  readonly subject: string;
  readonly verb: Verb;
  readonly since: string;
  readonly by: string;
  /** The state before, in words. */
  readonly before: string;
  readonly now: string;
  readonly state: 'in force' | 'changed by somebody else' | 'gone' | 'interrupted';
}

/** What another verb ends; a slot that is on again, or a function that was given back, is not worth a line. */
const ENDS: ReadonlySet<Verb> = new Set(['release', 'vf remove', 'slot on', 'unpersist', 'vf set']);

/** Verbs that change the same facts of a subject. */
const TOPIC: Readonly<Record<Verb, string>> = {
  prepare: 'driver',
  release: 'driver',
  'vf create': 'vfs',
  'vf remove': 'vfs',
  'vf set': 'settings',
  'slot on': 'slot',
  'slot off': 'slot',
  persist: 'rule',
  unpersist: 'rule',
  attach: 'guest',
  detach: 'guest',
};

/** What is taken, since when and by whom. */
export async function listInForce(context: AppContext, directory = stateDirectory()): Promise<ChangeInForce[]> {
  const records = await openJournal(directory).read();
  const boot = await bootId(context.port);
  const open = new Set(openRecords(records).map(({ id }) => id));
  const done = new Set(records.filter(({ kind }) => kind === 'done').map(({ id }) => id));
  const last = new Map<string, BeginRecord>();
  for (const record of records) {
    if (record.kind !== 'begin' || (record.boot !== boot && !isLasting(record.verb))) continue;
    if (done.has(record.id) || open.has(record.id)) last.set(`${TOPIC[record.verb]} ${record.subject}`, record);
  }
  // What guests hold is told by libvirt, not by us: 'hostdev guests'.
  const kept = [...last.values()].filter((record) => (!ENDS.has(record.verb) && !isGuestVerb(record.verb)) || open.has(record.id));
  return Promise.all(kept.map((record) => inForce(context, record, open.has(record.id))));
}

async function inForce({ port }: AppContext, record: BeginRecord, open: boolean): Promise<ChangeInForce> {
  const { subject, verb, before, by, time: since } = record;
  const now = await readNow(port, record);
  const holds = now !== undefined && (verb === 'prepare' ? isVfioDriver(now['driver'] ?? undefined) : sameState(now, record.wanted));
  const state = open ? 'interrupted' : now === undefined ? 'gone' : holds ? 'in force' : 'changed by somebody else';
  return { subject, verb, since, by, before: inWords(verb, before), now: inWords(verb, now), state };
}

async function readNow(port: HostPort, record: BeginRecord): Promise<State | undefined> {
  if (isGuestVerb(record.verb)) return record.before;
  if (record.verb !== 'prepare' && record.verb !== 'release') return CHANGE_KINDS[record.verb].read(port, record);
  const device = await readNodeDevice(port, parsePciAddress(record.subject));
  return device === undefined ? undefined : { driver: device.driver ?? null };
}

/** `nvme`, `4 VFs`, `on standby`: a state as a person would say it. */
export function inWords(verb: Verb, state: State | undefined): string {
  if (state === undefined) return 'gone';
  switch (TOPIC[verb]) {
    case 'driver':
      return state['driver'] ?? 'no driver';
    case 'vfs':
      return `${state['count'] ?? '?'} ${state['count'] === '1' ? 'VF' : 'VFs'}`;
    case 'slot':
      return state['power'] === '1' ? 'configured' : 'on standby';
    case 'guest':
      return guestWords(state);
    case 'rule':
      return state['rule'] === null ? 'no rule' : 'a rule';
    default:
      return Object.entries(state)
        .map(([name, value]) => `${name} ${value ?? '-'}`)
        .join(' ');
  }
}

function guestWords({ live, config }: State): string {
  if (live === 'yes') return config === 'yes' ? 'attached' : 'attached until it ends';
  return config === 'yes' ? 'in the definition' : 'not attached';
}

/** One change, begun and ended. */
export interface HistoryEntry {
  readonly time: string;
  readonly verb: Verb;
  readonly subject: string;
  readonly by: string;
  readonly from: string;
  readonly to: string | null;
  readonly outcome: 'done' | 'undone' | 'interrupted';
  readonly reason: string | null;
}

/** Every change there ever was, oldest first. */
export async function listHistory(directory = stateDirectory()): Promise<HistoryEntry[]> {
  const records = await openJournal(directory).read();
  const ends = new Map(records.flatMap((record) => (record.kind === 'begin' ? [] : [[record.id, record]])));
  return records.flatMap((record): HistoryEntry[] => {
    if (record.kind !== 'begin') return [];
    const end = ends.get(record.id);
    return [
      {
        time: record.time,
        verb: record.verb,
        subject: record.subject,
        by: record.by,
        from: inWords(record.verb, record.before),
        to: end === undefined ? null : inWords(record.verb, end.after),
        outcome: end?.kind ?? 'interrupted',
        reason: end?.reason ?? null,
      },
    ];
  });
}

/** Finishes or undoes what was interrupted. */
export async function recoverChanges(context: AppContext, directory = stateDirectory(), options: WaitOptions = {}): Promise<Recovery[]> {
  if (!context.isRoot) throw new HostdevError('not-root', "'recover' changes the host and needs root", { hint: 'run it with sudo' });
  const guard: Guard = async (addresses, counts) => {
    // Nobody can use what is not there; asking about no function would be asking about all.
    if (addresses.length === 0) return undefined;
    const reports = await checkFunctions(context, addresses);
    const used = reports.find(({ verdict, uses }) => (counts === 'holders' ? verdict === 'held' : uses.length > 0));
    return used === undefined ? undefined : `${used.address} is in use by now: ${used.uses.join('; ')}`;
  };
  return waiting(options, () => withLock(directory, async () => recover(context.port, openJournal(directory), await bootId(context.port), guard, settleGuest)));
}
