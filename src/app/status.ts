/** `hostdev status`: what the journal says is in force, held against the kernel. */
import type { Problem } from '../errors.ts';
import { type ChangeInForce, changesInForce, type Moment } from '../execute/in-force.ts';
import { isLocked } from '../execute/journal/lock.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { stateDirectory } from '../execute/journal/state-directory.ts';
import { bootId } from '../host/boot-id.ts';
import type { HostPort } from '../host/port.ts';
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
  let open: ReadonlySet<string> = new Set();
  for (let left = MOST_LOOKS; ; left -= 1) {
    // Asked before: whoever has let go of the lock since has ended what it was at.
    const isHeld = await isLocked(directory);
    const boot = await bootId(port);
    const status = await statusOf(port, directory, { boot, isLocked: isHeld });
    const now = new Set(status.changes.flatMap((change) => (change.state === 'interrupted' ? nameOf(change) : [])));
    // What was open before and behind a look at which nobody had the lock is nobody's; what was begun since may have been ended since as well.
    if (isHeld || left <= 1 || [...now].every((name) => open.has(name))) return status;
    open = now;
  }
}

/** One change after the other may begin and end just then; whoever comes so often says so when status is asked for again. */
const MOST_LOOKS = 5;

function nameOf({ verb, subject, since }: ChangeInForce): string {
  return JSON.stringify([verb, subject, since]);
}

async function statusOf(port: HostPort, directory: string, moment: Moment): Promise<Status> {
  const { records, problems } = await openJournal(directory).look();
  return { changes: await changesInForce(port, records, moment), problems };
}
