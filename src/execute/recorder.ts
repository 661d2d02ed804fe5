/** Keeping changes in the journal: begun before the first step, ended after the last. */
import { randomBytes } from 'node:crypto';
import { HostdevError } from '../errors.ts';
import { readAsToday } from './old-records.ts';
import { functionsOf } from '../plan/change.ts';
import { isHostVerb, type State, topicOf, type Transition } from '../plan/transition.ts';
import type { Journal } from './journal/journal.ts';
import { whoami } from './journal/lock.ts';
import type { BeginRecord } from './journal/record.ts';

/** A change, and the claims of a fleet that it is made under. */
export interface Recorded extends Transition, Pick<BeginRecord, 'claims' | 'fleet'> {}

/** Where changes are written down. */
export interface ChangeRecorder {
  /** Writes down that a change begins; gives what ends it. */
  readonly begin: (change: Recorded) => Promise<string>;
  readonly done: (id: string, after: State) => Promise<void>;
  readonly undone: (id: string, after: State, reason: string) => Promise<void>;
  /** @throws {HostdevError} `lock-lost` when nothing may be changed any more. */
  readonly requireHeld: () => Promise<void>;
}

/** Waits for a record to be written; gives what kept it from being so. */
export async function endRecord(writing: Promise<void>): Promise<unknown[]> {
  try {
    await writing;
    return [];
  } catch (error) {
    return [error];
  }
}

/** For changes that are undone by this process or not at all: of guests elsewhere, and by those who are not root. */
export const NO_RECORDER: ChangeRecorder = {
  begin: async () => '',
  done: async () => undefined,
  undone: async () => undefined,
  requireHeld: async () => undefined,
};

/** What every record of a session has in common. */
interface Recording {
  readonly boot: string;
  /** Changes of guests and pools that were interrupted before: what they were at is not changed again until they are recovered. */
  readonly open: readonly BeginRecord[];
  /** Who asks for the changes; the user who runs this process when missing. */
  readonly by?: string | undefined;
  /** Of which all changes are parts. */
  readonly whole?: string | undefined;
}

/** Writes into a journal. */
export function journalRecorder(journal: Journal, { boot, open, by = whoami(), whole }: Recording): ChangeRecorder {
  const time = (): string => new Date().toISOString();
  return {
    begin: async ({ verb, subject, before, wanted, claims, fleet }) => {
      const same = isHostVerb(verb) ? [] : open.filter((record) => isSame(readAsToday(record, []), { verb, subject, before, wanted }));
      if (same.length > 0) throw recoveryNeeded(same);
      const id = randomBytes(8).toString('hex');
      const more = { ...(whole === undefined ? {} : { whole }), ...(claims === undefined ? {} : { claims }), ...(fleet === undefined ? {} : { fleet }) };
      await journal.append({ kind: 'begin', id, time: time(), boot, verb, subject, before, wanted, by, ...more });
      return id;
    },
    done: (id, after) => journal.append({ kind: 'done', id, time: time(), after }),
    undone: (id, after, reason) => journal.append({ kind: 'undone', id, time: time(), after, reason }),
    requireHeld: journal.requireHeld,
  };
}

function isSame(record: Transition, change: Transition): boolean {
  return topicOf(record) === topicOf(change) || isSameDevice(record, change);
}

function isSameDevice(record: Transition, change: Transition): boolean {
  if (record.before['guest'] !== change.before['guest']) return false;
  const names = new Set(functionsOf(record));
  return functionsOf(change).some((name) => names.has(name));
}

/** That an earlier change has to be recovered first. */
export function recoveryNeeded(open: readonly BeginRecord[]): HostdevError {
  return new HostdevError('recovery-needed', `an earlier change was interrupted: ${open.map((r) => `${r.verb} ${r.subject}`).join(', ')}`, {
    hint: "run 'hostdev recover' first",
  });
}
