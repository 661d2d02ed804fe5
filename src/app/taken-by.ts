/** Who took a function in this boot, and when; from the journal. */
import { openJournal } from '../execute/journal/journal.ts';
import type { State } from '../execute/journal/record.ts';
import type { AppContext } from './context.ts';
import { bootId } from './journaled.ts';

export interface TakenBy {
  /** User and process. */
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
  /** What it was before: driver, override, link. */
  readonly before: State;
}

/** Address → who took it last; without a journal nobody is known. */
export async function whoTook({ port }: AppContext, directory: string | undefined): Promise<Map<string, TakenBy>> {
  const took = new Map<string, TakenBy>();
  if (!port.live && directory === undefined) return took;
  const boot = await bootId(port);
  const records = await openJournal(directory).read();
  const done = new Set(records.filter(({ kind }) => kind === 'done').map(({ id }) => id));
  for (const record of records) {
    if (record.kind !== 'begin' || record.boot !== boot || !done.has(record.id)) continue;
    if (record.verb === 'prepare') took.set(record.subject, { by: record.by, since: record.time, before: record.before });
    if (record.verb === 'release') took.delete(record.subject);
  }
  return took;
}
