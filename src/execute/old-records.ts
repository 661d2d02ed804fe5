/** What 0.1.0 wrote, as today's records would say it. */
import { guestSubject } from '../plan/change.ts';
import type { State, Transition } from '../plan/transition.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { BeginRecord, JournalRecord } from './journal/record.ts';

/** A record as a transition of today: the journal before it knows what it does not say. */
export function readAsToday(record: BeginRecord, records: readonly JournalRecord[]): Transition {
  const replacement = record.before['replacement'];
  if (record.verb === 'detach' && replacement !== undefined && replacement !== null) return swapOf(record, replacement);
  if (record.verb === 'release' && record.wanted['driver'] === null && !('link' in record.wanted)) return releaseOf(record, records);
  return record;
}

/** A swap was written down as a detach that names what replaces the function. */
function swapOf({ subject, before }: BeginRecord, replacement: string): Transition {
  const [old = '', ...guest] = subject.split(' in ');
  const parts = (name: string): State => ({
    live: before['live'] === 'yes' ? name : 'none',
    config: before['config'] === 'yes' ? name : 'none',
  });
  return { verb: 'swap', subject: guestSubject([old, replacement], guest.join(' in ')), before: { ...before, ...parts(old) }, wanted: parts(replacement) };
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
