/** `hostdev status`: what the journal says is in force, held against the kernel. */
import type { Problem } from '../errors.ts';
import { type ChangeInForce, changesInForce } from '../execute/in-force.ts';
import { isLocked } from '../execute/journal/lock.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { stateDirectory } from '../execute/journal/state-directory.ts';
import { bootId } from '../host/boot-id.ts';
import type { AppContext } from './context.ts';

/** What is in force, and what of the journal could not be read. */
export interface Status {
  readonly changes: readonly ChangeInForce[];
  readonly problems: readonly Problem[];
}

/**
 * What is taken, since when and by whom.
 *
 * @throws {HostdevError} `journal-newer`, `journal-unreadable`.
 */
export async function readStatus({ port }: AppContext, directory = stateDirectory()): Promise<Status> {
  // Asked before: whoever has let go of the lock since has ended what it was at.
  const isHeld = await isLocked(directory);
  const { records, problems } = await openJournal(directory).look();
  return { changes: await changesInForce(port, records, { boot: await bootId(port), isLocked: isHeld }), problems };
}
