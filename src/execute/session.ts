/** Holding the lock and the journal while a plan is carried out. */
import { randomBytes } from 'node:crypto';
import { HostdevError } from '../errors.ts';
import { bootId } from '../host/boot-id.ts';
import { isHostVerb } from '../plan/transition.ts';
import type { ClaimGuard } from './claim-guard.ts';
import { type Journal, journalUnder } from './journal/journal.ts';
import { endWhole, unendedWholes } from './journal/whole.ts';
import { stateDirectory } from './journal/state-directory.ts';
import { withLock } from './journal/lock.ts';
import type { ExecuteOptions, ExecutionTarget, Executor } from './target.ts';
import { isForRecover } from './failure.ts';
import { endRecord, journalRecorder, NO_RECORDER, recoveryNeeded } from './recorder.ts';
import { unfinishedRecords } from './recover.ts';

/** What is to be changed, how long things may take, and where it is written down. */
export interface Session {
  readonly target: ExecutionTarget;
  readonly options: ExecuteOptions;
  /** Where the journal is; that of this machine when missing. */
  readonly directory?: string | undefined;
  /** Who asks for it; the user who runs this process when missing. */
  readonly by?: string | undefined;
  /** Of a host of a fleet: who is asked before its guests are changed. */
  readonly claims?: ClaimGuard | undefined;
}

/** What is held while plans are carried out. */
interface Held {
  readonly executor: Executor;
  readonly journal: Journal;
}

/**
 * Holds the lock, and gives what carries plans out. An earlier change of the host that was interrupted has to be recovered first: what
 * the kernel shows may not be what anybody wanted.
 *
 * @throws {HostdevError} `busy`, `recovery-needed`, `journal-damaged`, `journal-newer`, `lock-lost`.
 */
export async function withExecutor<T>(session: Session, act: (executor: Executor) => Promise<T>): Promise<T> {
  return holding(session, undefined, ({ executor }) => act(executor));
}

/**
 * The same for changes of which none stays where one fails, whatever becomes of this process: what is left of them is undone by `recover`.
 *
 * @throws {HostdevError} as {@link withExecutor}.
 */
export async function withWholeExecutor<T>(session: Session, act: (executor: Executor) => Promise<T>): Promise<T> {
  const whole = randomBytes(8).toString('hex');
  return holding(session, whole, async ({ executor, journal }) => {
    const result = await act(executor).catch(async (error: unknown) => {
      // What is left of it is for recover; without the lock nobody writes.
      if (!isForRecover(error)) await endRecord(endWhole(journal, whole, 'undone'));
      throw error;
    });
    // Here nothing was undone, and nothing may say so.
    await endWhole(journal, whole, 'done').catch((error: unknown) => {
      throw madeButNotEnded(error);
    });
    return result;
  });
}

function madeButNotEnded(cause: unknown): HostdevError {
  const { code, message, subject } =
    cause instanceof HostdevError ? cause : { code: 'journal-unwritable' as const, message: String(cause), subject: undefined };
  return new HostdevError(code, `${message}; everything was made, but the journal does not say that all of it was, so that it does not stay`, {
    ...{ subject, cause },
    hint: "'hostdev recover' undoes it, once the journal can be written",
    aftermath: { changed: true, problems: [] },
  });
}

async function holding<T>(
  { target, options, directory = stateDirectory(), by, claims }: Session,
  whole: string | undefined,
  act: (held: Held) => Promise<T>,
): Promise<T> {
  return withLock(directory, async (lock) => {
    const journal = journalUnder(lock);
    const boot = await bootId(target.port);
    const records = await journal.read();
    const open = unfinishedRecords(records, boot);
    // What became of a guest is libvirt's to tell, and no reason to leave the host alone.
    const unfinished = open.filter(({ verb }) => isHostVerb(verb));
    const parts = unendedWholes(records, boot).flat();
    if (unfinished.length + parts.length > 0) throw recoveryNeeded([...new Set([...parts, ...unfinished])]);
    return act({ executor: { target, options, recorder: journalRecorder(journal, { boot, open, by, whole }), claims }, journal });
  });
}

/** Without lock and journal: for changes that are undone by this process or not at all. */
export function unrecordedExecutor({ target, options, claims }: Session): Executor {
  return { target, options, recorder: NO_RECORDER, claims };
}
