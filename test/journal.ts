/** A journal as a test needs it. */
import { journalUnder } from '../src/execute/journal/journal.ts';
import { withLock } from '../src/execute/journal/lock.ts';
import type { JournalRecord } from '../src/execute/journal/record.ts';

/** Appends records, as whoever holds the lock does. */
export function appendRecords(directory: string, ...records: readonly JournalRecord[]): Promise<void> {
  return withLock(directory, async (lock) => {
    const journal = journalUnder(lock);
    for (const record of records) await journal.append(record);
  });
}
