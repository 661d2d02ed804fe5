/** `hostdev recover`: finishes or undoes what was interrupted. */
import { journalUnder, stateDirectory } from '../execute/journal/journal.ts';
import { withLock } from '../execute/journal/lock.ts';
import { type Salvage, salvageJournal } from '../execute/journal/salvage.ts';
import { type Guard, recover, type Recovery } from '../execute/recover.ts';
import { HostdevError } from '../errors.ts';
import type { AppContext } from './context.ts';
import { checkFunctions } from './check.ts';
import { bootId } from './journaled.ts';
import { settleGuest } from './guests/recover.ts';
import { waiting, type WaitOptions } from './wait.ts';

/** Finishes or undoes what was interrupted. */
export async function recoverChanges(context: AppContext, directory = stateDirectory(), options: WaitOptions = {}): Promise<Recovery[]> {
  requireRoot(context);
  const guard: Guard = async (addresses, counts) => {
    // Nobody can use what is not there; asking about no function would be asking about all.
    if (addresses.length === 0) return undefined;
    const reports = await checkFunctions(context, addresses);
    const used = reports.find(({ verdict, uses }) => (counts === 'holders' ? verdict === 'held' : uses.length > 0));
    return used === undefined ? undefined : `${used.address} is in use by now: ${used.uses.join('; ')}`;
  };
  return waiting(options, () => withLock(directory, async (lock) => recover(context.port, journalUnder(lock), await bootId(context.port), guard, settleGuest)));
}

/**
 * Keeps what can be read of a damaged journal, and a copy of it; undefined when it is not damaged.
 *
 * @throws {HostdevError} `not-root`, `busy`, `journal-newer`, `journal-unreadable`.
 */
export async function salvageChanges(context: AppContext, directory = stateDirectory(), options: WaitOptions = {}): Promise<Salvage | undefined> {
  requireRoot(context);
  return waiting(options, () => withLock(directory, (lock) => salvageJournal(lock, new Date())));
}

function requireRoot({ isRoot }: AppContext): void {
  if (!isRoot) throw new HostdevError('not-root', "'recover' changes the host and needs root", { hint: 'run it with sudo' });
}
