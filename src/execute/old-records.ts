/** What older versions wrote, as today's records would say it. */
import { guestSubject } from '../plan/change.ts';
import { isGuestVerb, type State, type Transition } from '../plan/transition.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { BeginRecord, JournalRecord } from './journal/record.ts';

/** A record as a transition of today: the journal before it knows what it does not say. */
export function readAsToday(record: BeginRecord, records: readonly JournalRecord[]): Transition {
  return withPools(asToday(record, records));
}

function asToday(record: BeginRecord, records: readonly JournalRecord[]): Transition {
  const replacement = record.before['replacement'];
  if (record.verb === 'detach' && replacement !== undefined && replacement !== null) return swapOf(record, replacement);
  if (record.verb === 'release' && record.wanted['driver'] === null && !('link' in record.wanted)) return releaseOf(record, records);
  if (isGuestVerb(record.verb) && record.before['devices'] === undefined) return { ...record, before: { ...record.before, ...factsOf(record.subject) } };
  return record;
}

/** Pools had blanks between them, also where a name had one: each word may be a pool, and so may all of them. */
function withPools(change: Transition): Transition {
  const pools = change.before['pools'] ?? '[]';
  if (pools.startsWith('[')) return change;
  return { ...change, before: { ...change.before, pools: JSON.stringify([...new Set([pools, ...pools.split(' ')])]) } };
}

/** Only the subject said which devices of which guest were meant: `0007:00:00.0 in web`, `0007:00:00.0 → 0009:00:00.0 in web`. */
function factsOf(subject: string): { readonly devices: string; readonly name: string } {
  const [devices = '', ...name] = subject.split(' in ');
  return { devices: devices.split(' → ').join(' '), name: name.join(' in ') };
}

/** A swap was written down as a detach that names what replaces the function. */
function swapOf({ subject, before }: BeginRecord, replacement: string): Transition {
  const { devices: old, name } = factsOf(subject);
  const parts = (function_: string): State => ({
    live: before['live'] === 'yes' ? function_ : 'none',
    config: before['config'] === 'yes' ? function_ : 'none',
  });
  return {
    verb: 'swap',
    subject: guestSubject([old, replacement], name),
    before: { ...before, ...parts(old), devices: `${old} ${replacement}`, name },
    wanted: parts(replacement),
  };
}

/** A release did not say which override the function had before it was taken: its prepare does. */
function releaseOf(record: BeginRecord, records: readonly JournalRecord[]): Transition {
  const earlier = records.slice(0, records.indexOf(record));
  const taken = earlier.findLast(
    (each): each is BeginRecord => each.kind === 'begin' && each.verb === 'prepare' && each.subject === record.subject && each.boot === record.boot,
  );
  const override = taken?.before['override'] ?? null;
  return { ...record, wanted: { override: isVfioDriver(override ?? undefined) ? null : override, link: taken?.before['link'] ?? null } };
}
