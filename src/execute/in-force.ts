/** What the journal says is in force, held against the kernel. */
import { readNodeDevice } from '../host/inventory.ts';
import type { HostPort } from '../host/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { stateWords } from '../plan/state-words.ts';
import { type HostVerb, isHostVerb, isLasting, type State, type Verb } from '../plan/transition.ts';
import type { ChangeState } from '../state/change-states.ts';
import { isVfioDriver } from '../state/node-device.ts';
import { isReached } from './change.ts';
import type { BeginRecord, JournalRecord } from './journal/record.ts';
import { type StandingChange, standingChanges } from './journal/standing.ts';
import { vfsFound } from './journal/vfs-found.ts';
import { unendedWholes } from './journal/whole.ts';
import { CHANGE_KINDS } from './kinds.ts';

/** A change of hostdev's that is in force in this boot. */
export interface ChangeInForce {
  /** Address of the function; for slots the function id. */
  readonly subject: string;
  readonly verb: Verb;
  readonly since: string;
  readonly by: string;
  /** The state before, in words. */
  readonly before: string;
  /** The state now; `not looked at` for guests and pools, which are libvirt's to tell. */
  readonly now: string;
  readonly state: ChangeState;
}

/**
 * What ends another verb: a slot that is on again, or a function that was given back, is not worth a line. Settings of virtual functions
 * are not told either: they end with their function, and are not taken back before.
 */
const UNTOLD: ReadonlySet<Verb> = new Set(['release', 'vf remove', 'slot on', 'slot reset', 'unpersist', 'vf set']);

/** When changes are looked at. */
export interface Moment {
  readonly boot: string;
  /** Whether somebody is changing this host: one change at a time, and the last one that was begun. */
  readonly isLocked: boolean;
}

/** The changes that stand, as the kernel shows them at a moment. */
export async function changesInForce(port: HostPort, records: readonly JournalRecord[], { boot, isLocked }: Moment): Promise<ChangeInForce[]> {
  const standing = standingChanges(records, (record) => record.boot === boot || isLasting(record.verb));
  // What guests and pools have is told by libvirt, not by us: 'hostdev guests', 'hostdev pool show'.
  const parts = new Set(unendedWholes(records, boot).flatMap((whole) => whole.map(({ id }) => id)));
  const kept = standing
    // A part of a whole that has not ended does not stay.
    .map((change): StandingChange => (parts.has(change.record.id) ? { ...change, end: 'open' } : change))
    .filter(({ record: { verb }, end }) => (!UNTOLD.has(verb) && isHostVerb(verb)) || end === 'open')
    .filter((change) => !isBack(records, boot, change));
  const changes = await Promise.all(kept.map((change) => inForce(port, change)));
  // Between two parts of a whole its other parts wait for the end of it.
  const last = records.at(-1);
  const whole = records.findLast((record): record is BeginRecord => record.kind === 'begin')?.whole;
  const isAtWork = ({ record }: StandingChange): boolean =>
    isLocked && (record === last || (whole !== undefined && record.whole === whole && parts.has(record.id)));
  return changes.flatMap((change, at) => {
    const standing = kept[at];
    if (change === undefined || standing === undefined) return [];
    return change.state === 'interrupted' && isAtWork(standing) ? { ...change, state: 'being changed' } : change;
  });
}

/** Whether a physical function has the virtual ones again that it had before hostdev changed that. */
function isBack(records: readonly JournalRecord[], boot: string, { record: { verb, subject }, end }: StandingChange): boolean {
  return verb === 'vf create' && end === 'done' && vfsFound(records, boot, subject) === undefined;
}

async function inForce(port: HostPort, { record, end }: StandingChange): Promise<ChangeInForce | undefined> {
  const { subject, verb, by, time: since } = record;
  const before = stateWords(verb, record.before);
  // Only what is open of these is told at all.
  if (!isHostVerb(verb)) return { subject, verb, since, by, before, now: 'not looked at', state: 'interrupted' };
  const now = await readNow(port, { ...record, verb });
  const holds = now !== undefined && isInForce({ ...record, verb }, now);
  // Whether it was done is not known: only what the kernel shows speaks for it.
  if (end === 'lost' && !holds) return undefined;
  const state = end === 'open' ? 'interrupted' : now === undefined ? 'gone' : holds ? 'in force' : 'changed by somebody else';
  return { subject, verb, since, by, before, now: stateWords(verb, now), state };
}

type HostRecord = BeginRecord & { readonly verb: HostVerb };

/** With another VFIO driver than ours a function is taken all the same. */
function isInForce({ verb, wanted }: HostRecord, now: State): boolean {
  if (verb === 'prepare') return isVfioDriver(now['driver'] ?? undefined);
  return isReached(CHANGE_KINDS[verb], now, wanted);
}

async function readNow(port: HostPort, record: HostRecord): Promise<State | undefined> {
  const { verb } = record;
  if (verb !== 'prepare' && verb !== 'release') return CHANGE_KINDS[verb].read(port, record);
  const device = await readNodeDevice(port, parsePciAddress(record.subject));
  return device === undefined ? undefined : { driver: device.driver ?? null };
}
