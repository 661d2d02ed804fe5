/** Holding the lock and the journal while a plan is carried out. */
import { bootId } from '../host/boot-id.ts';
import { isHostVerb } from '../plan/transition.ts';
import { journalUnder } from './journal/journal.ts';
import { stateDirectory } from './journal/state-directory.ts';
import { withLock } from './journal/lock.ts';
import type { ExecuteOptions, ExecutionTarget, Executor } from './target.ts';
import { journalRecorder, NO_RECORDER, recoveryNeeded } from './recorder.ts';
import { unfinishedRecords } from './recover.ts';

/** What is to be changed, how long things may take, and where it is written down. */
export interface Session {
  readonly target: ExecutionTarget;
  readonly options: ExecuteOptions;
  /** Where the journal is; that of this machine when missing. */
  readonly directory?: string | undefined;
  /** Who asks for it; the user who runs this process when missing. */
  readonly by?: string | undefined;
}

/**
 * Holds the lock, and gives what carries plans out. An earlier change of the host that was interrupted has to be recovered first: what
 * the kernel shows may not be what anybody wanted.
 *
 * @throws {HostdevError} `busy`, `recovery-needed`, `journal-damaged`, `journal-newer`, `lock-lost`.
 */
export async function withExecutor<T>({ target, options, directory = stateDirectory(), by }: Session, act: (executor: Executor) => Promise<T>): Promise<T> {
  return withLock(directory, async (lock) => {
    const journal = journalUnder(lock);
    const boot = await bootId(target.port);
    const open = unfinishedRecords(await journal.read(), boot);
    // What became of a guest is libvirt's to tell, and no reason to leave the host alone.
    const unfinished = open.filter(({ verb }) => isHostVerb(verb));
    if (unfinished.length > 0) throw recoveryNeeded(unfinished);
    return act({ target, options, recorder: journalRecorder(journal, { boot, open, by }) });
  });
}

/** Without lock and journal: for changes that are undone by this process or not at all. */
export function unrecordedExecutor({ target, options }: Session): Executor {
  return { target, options, recorder: NO_RECORDER };
}
