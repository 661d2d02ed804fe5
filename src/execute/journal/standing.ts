/** What of all that was changed still stands, by the journal's word. */
import type { BeginRecord, JournalRecord } from './record.ts';
import { topicOf } from '../../plan/transition.ts';
import { topicsGone } from '../../plan/functions-gone.ts';

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
    if (end === 'done') for (const topic of topicsGone(record)) last.delete(topic);
  }
  return [...last.values()];
}
