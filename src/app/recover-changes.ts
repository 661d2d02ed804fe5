/** `hostdev recover`: finishes or undoes what was interrupted. */
import { journalUnder, openJournal } from '../execute/journal/journal.ts';
import { stateDirectory } from '../execute/journal/state-directory.ts';
import { type Lock, withLock } from '../execute/journal/lock.ts';
import { type Salvage, salvageJournal } from '../execute/journal/salvage.ts';
import { planRecovery, type PlannedRecovery } from '../execute/plan-recovery.ts';
import { recover, type Recoverer, type Recovery } from '../execute/recover.ts';
import type { Change } from '../plan/change.ts';
import { requireRoot } from './change-options.ts';
import type { AppContext } from './context.ts';
import { openNetworks } from '../guest/libvirt/networks.ts';
import { openGuestOf } from '../guest/open-guest.ts';
import type { ObservedOptions } from './observed.ts';
import { whoRunsUs } from './who.ts';
import { waiting, type WaitOptions } from './wait.ts';
import { bootId } from '../host/boot-id.ts';

export type { PlannedRecovery, Recovery, Salvage };

/** There is no dry run of it: what would be done is known when it is done. */
const NO_DRY_RUN = 'run it with sudo';

export interface RecoverChangesOptions extends WaitOptions, ObservedOptions {}

/**
 * Finishes or undoes what was interrupted. Whoever wants to see before what will become of it is shown that first, and again under the lock.
 *
 * @throws {HostdevError} `not-root`, `busy`, `journal-damaged`, …; `interrupted` where somebody stops it.
 */
export async function recoverChanges(context: AppContext, directory = stateDirectory(), options: RecoverChangesOptions = {}): Promise<Recovery[]> {
  requireRoot(context, 'recover', NO_DRY_RUN);
  const { onPlan } = options;
  onPlan?.(changesOf(await planRecoveries(context, directory)));
  const by = options.by ?? whoRunsUs();
  const act = async (lock: Lock): Promise<Recovery[]> => {
    const [journal, recoverer] = [journalUnder(lock), await recovererOf(context)];
    onPlan?.(changesOf(await planRecovery(await journal.read(), recoverer)));
    return recover(journal, recoverer, { ...options, by });
  };
  return waiting(options, () => withLock(directory, act));
}

/**
 * What recovering would do, and what would become of each change that was interrupted.
 *
 * @throws {HostdevError} `journal-damaged`, `journal-newer`, `journal-unreadable`.
 */
export async function planRecoveries(context: AppContext, directory = stateDirectory()): Promise<PlannedRecovery[]> {
  return planRecovery(await openJournal(directory).read(), await recovererOf(context));
}

/** What of it is done: what is stuck is only told. */
export function changesOf(planned: readonly PlannedRecovery[]): Change[] {
  return planned.flatMap(({ change }) => change ?? []);
}

async function recovererOf({ port }: AppContext): Promise<Recoverer> {
  return { target: { port, guestOf: openGuestOf, networksOf: ({ uri }) => openNetworks(uri ?? '') }, boot: await bootId(port) };
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
