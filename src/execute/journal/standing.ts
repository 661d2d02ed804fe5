/** What of all that was changed still stands, by the journal's word. */
import type { BeginRecord, JournalRecord } from './record.ts';
import { topicOf } from '../../plan/transition.ts';
import { FUNCTIONS_GONE } from '../../plan/slot.ts';

/** What a function loses when it goes away: it comes back as the kernel makes it. */
const ENDS_WITH_FUNCTION = ['driver', 'vfs', 'settings'] as const;

/** A change that stands, or may stand. */
export interface StandingChange {
  readonly record: BeginRecord;
  /** `open`: it was begun and not ended; `lost`: how it ended is not known. */
  readonly end: 'done' | 'lost' | 'open';
}

/** The last change of each topic and subject that was not undone, among those that `counts` lets in; oldest first. */
export function standingChanges(records: readonly JournalRecord[], counts: (record: BeginRecord) => boolean): StandingChange[] {
  const ends = new Map(records.flatMap((record) => (record.kind === 'begin' ? [] : [[record.id, record.kind] as const])));
  const last = new Map<string, StandingChange>();
  for (const record of records) {
    if (record.kind !== 'begin' || !counts(record)) continue;
    const end = ends.get(record.id) ?? 'open';
    if (end === 'undone') continue;
    const key = topicOf(record);
    // Behind what it replaces, so that the order is that of the last changes.
    last.delete(key);
    last.set(key, { record, end });
    if (end === 'done') for (const address of functionsGone(record)) for (const topic of ENDS_WITH_FUNCTION) last.delete(`${topic} ${address}`);
  }
  return [...last.values()];
}

/** Addresses of the functions that a change took away. */
export function functionsGone({ before }: BeginRecord): string[] {
  return (before[FUNCTIONS_GONE] ?? '').split(' ').filter((address) => address !== '');
}
