/** `hostdev history`: every change there ever was. */
import type { Problem } from '../errors.ts';
import { entriesOf, type HistoryEntry } from '../execute/journal/history.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { stateDirectory } from '../execute/journal/state-directory.ts';

/** All changes, and what of the journal could not be read. */
export interface History {
  readonly entries: readonly HistoryEntry[];
  readonly problems: readonly Problem[];
}

/**
 * Every change there was, oldest first.
 *
 * @throws {HostdevError} `journal-newer`, `journal-unreadable`.
 */
export async function readHistory(directory = stateDirectory()): Promise<History> {
  const { records, problems } = await openJournal(directory).look();
  return { entries: entriesOf(records), problems };
}
