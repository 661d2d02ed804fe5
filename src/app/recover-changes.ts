/** `hostdev recover`: finishes or undoes what was interrupted. */
import { journalUnder } from '../execute/journal/journal.ts';
import { stateDirectory } from '../execute/journal/state-directory.ts';
import { type Lock, withLock } from '../execute/journal/lock.ts';
import { type Salvage, salvageJournal } from '../execute/journal/salvage.ts';
import { recover, type Recovery } from '../execute/recover.ts';
import { requireRoot } from './change-options.ts';
import type { AppContext } from './context.ts';
import { openNetworks } from '../guest/libvirt/networks.ts';
import { openGuestOf } from '../guest/open-guest.ts';
import { waiting, type WaitOptions } from './wait.ts';
import { bootId } from '../host/boot-id.ts';

export type { Recovery, Salvage };

/** There is no dry run of it: what would be done is known when it is done. */
const NO_DRY_RUN = 'run it with sudo';

/** Finishes or undoes what was interrupted. */
export async function recoverChanges(context: AppContext, directory = stateDirectory(), options: WaitOptions = {}): Promise<Recovery[]> {
  requireRoot(context, 'recover', NO_DRY_RUN);
  const { port } = context;
  const act = async (lock: Lock): Promise<Recovery[]> =>
    recover(journalUnder(lock), { target: { port, guestOf: openGuestOf, networksOf: ({ uri }) => openNetworks(uri ?? '') }, boot: await bootId(port) });
  return waiting(options, () => withLock(directory, act));
}

/**
 * Keeps what can be read of a damaged journal, and a copy of it; undefined when it is not damaged.
 *
 * @throws {HostdevError} `not-root`, `busy`, `journal-newer`, `journal-unreadable`.
 */
export async function salvageChanges(context: AppContext, directory = stateDirectory(), options: WaitOptions = {}): Promise<Salvage | undefined> {
  requireRoot(context, 'recover', NO_DRY_RUN);
  return waiting(options, () => withLock(directory, (lock) => salvageJournal(lock, new Date())));
}
