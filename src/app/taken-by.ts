/** Who took a function in this boot, and when; from the journal. */
import { openJournal } from '../execute/journal/journal.ts';
import type { State } from '../plan/transition.ts';
import { standingChanges } from '../execute/journal/standing.ts';
import type { AppContext } from './context.ts';
import { bootId } from '../execute/session.ts';

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
  if (!port.live && directory === undefined) return new Map();
  const boot = await bootId(port);
  const standing = standingChanges(await openJournal(directory).read(), (record) => record.boot === boot);
  return new Map(
    standing.flatMap(({ record: { verb, subject, by, time, before }, end }) =>
      end === 'done' && verb === 'prepare' ? [[subject, { by, since: time, before }] as const] : [],
    ),
  );
}
