/** The journal as a list of changes. */
import { stateWords } from '../../plan/state-words.ts';
import type { Verb } from '../../plan/transition.ts';
import type { EndRecord, JournalRecord } from './record.ts';

/** One change, begun and ended. */
export interface HistoryEntry {
  readonly time: string;
  readonly verb: Verb;
  readonly subject: string;
  readonly by: string;
  readonly from: string;
  /** null while it has not ended, and where it is not known how. */
  readonly to: string | null;
  readonly outcome: 'done' | 'undone' | 'interrupted' | 'unknown';
  readonly reason: string | null;
  /** Who brought it to its end by recovering it; null where it ended by itself, and where that is not known. */
  readonly recoveredBy: string | null;
}

const OUTCOME = { done: 'done', undone: 'undone', lost: 'unknown' } as const satisfies Record<EndRecord['kind'], HistoryEntry['outcome']>;

/** Every change, oldest first. */
export function entriesOf(records: readonly JournalRecord[]): HistoryEntry[] {
  const ends = new Map(records.flatMap((record) => (record.kind === 'begin' ? [] : [[record.id, record]])));
  return records.flatMap((record): HistoryEntry[] => {
    if (record.kind !== 'begin') return [];
    const { time, verb, subject, by, before } = record;
    const end = ends.get(record.id);
    const to = end === undefined || end.kind === 'lost' ? null : stateWords(verb, end.after);
    const outcome = end === undefined ? 'interrupted' : OUTCOME[end.kind];
    return [{ time, verb, subject, by, from: stateWords(verb, before), to, outcome, reason: end?.reason ?? null, recoveredBy: end?.by ?? null }];
  });
}
