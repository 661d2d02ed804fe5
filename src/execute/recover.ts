/** After a crash: what the journal says was begun, held against what the kernel and the guests show. */
import { HostdevError } from '../errors.ts';
import { isLasting, sameState, type State, type Transition } from '../plan/transition.ts';
import { isReached } from './change.ts';
import { decideRecovery, ENDED_WITH_BOOT, type Ending, ending, hasEndedWithBoot, type Recovery } from './decide-recovery.ts';
import type { Journal } from './journal/journal.ts';
import type { BeginRecord, JournalRecord } from './journal/record.ts';
import { kindOf } from './kinds.ts';
import { readAsToday } from './old-records.ts';
import { openedOnce } from './opened-once.ts';
import { undoWholes } from './recover-wholes.ts';
import { RECOVERY_TIMEOUT_MS, bringTo } from './bring-to.ts';
import type { ExecuteOptions, ExecutionTarget } from './target.ts';

export type { Recovery };

/** What is told of recovering, who asks for it, and who may stop it. */
export interface RecoverOptions extends Pick<ExecuteOptions, 'signal' | 'onProgress' | 'onStep'> {
  /** Who recovers; whoever had begun a change when missing. */
  readonly by?: string | undefined;
}

/** Changes that were begun and not ended. */
export function openRecords(records: readonly JournalRecord[]): BeginRecord[] {
  const ended = new Set(records.filter((record) => record.kind !== 'begin').map((record) => record.id));
  return records.filter((record): record is BeginRecord => record.kind === 'begin' && !ended.has(record.id));
}

/** Those that still matter: what sysfs shows ends with the boot, files do not. */
export function unfinishedRecords(records: readonly JournalRecord[], boot: string): BeginRecord[] {
  return openRecords(records).filter((record) => record.boot === boot || isLasting(record.verb));
}

/** What recovering needs to know. */
export interface Recoverer {
  readonly target: ExecutionTarget;
  readonly boot: string;
}

/**
 * Brings every subject of an unfinished change to its old or its new state, and closes the journal. What somebody has
 * begun to use meanwhile is left as it is, and said to be stuck.
 *
 * @throws {HostdevError} `interrupted` between two of them: what was recovered stays so.
 */
export async function recover(journal: Journal, recoverer: Recoverer, options: RecoverOptions = {}): Promise<Recovery[]> {
  const done: Recovery[] = [];
  const records = await journal.read();
  for (const record of openRecords(records)) {
    refuseStopped(options.signal, done);
    const change = readAsToday(record, records);
    options.onStep?.({ change, state: 'doing' });
    const recovery = await settle(recoverer, { record, change }, options);
    done.push(recovery);
    options.onStep?.({ change, state: recovery.outcome === 'stuck' ? 'left' : 'done' });
    // What is stuck stays open: the next recover tries again.
    if (recovery.outcome === 'stuck') continue;
    await journal.append({
      kind: recovery.outcome === 'new' ? 'done' : 'undone',
      id: record.id,
      time: new Date().toISOString(),
      after: recovery.now,
      reason: recovery.reason,
      by: options.by,
    });
  }
  return [...done, ...(await undoWholes(journal, { ...options, ...recoverer, refuseStopped: () => refuseStopped(options.signal, done) }))];
}

function refuseStopped(signal: AbortSignal | undefined, done: readonly Recovery[]): void {
  if (signal?.aborted !== true) return;
  const recovered = done.filter(({ outcome }) => outcome !== 'stuck').map(({ verb, subject }) => `${verb} ${subject}`);
  throw new HostdevError('interrupted', `interrupted${recovered.length === 0 ? '' : `; recovered before, and stays so: ${recovered.join(', ')}`}`, {
    hint: 'recover again: what is left is still in the journal',
    aftermath: { changed: recovered.length > 0, problems: [] },
  });
}

/** An open record, and the change that it is today. */
interface OpenChange {
  readonly record: BeginRecord;
  readonly change: Transition;
}

async function settle({ target, boot }: Recoverer, { record, change }: OpenChange, options: RecoverOptions): Promise<Recovery> {
  const { subject, verb } = change;
  if (hasEndedWithBoot(record, boot)) return { subject, verb, ...ENDED_WITH_BOOT };
  // One connection a record: every guest is another one.
  return openedOnce(target, async (opened) => {
    try {
      return { subject, verb, ...(await end(opened, change, options)) };
    } catch (error) {
      // One that cannot be looked at must not keep the others from being recovered.
      return { subject, verb, ...ending('stuck', {}, (error as Error).message) };
    }
  });
}

async function end(target: ExecutionTarget, change: Transition, { signal, onProgress }: RecoverOptions): Promise<Ending> {
  const kind = kindOf(target, change.verb);
  const decision = await decideRecovery(target, change);
  if ('outcome' in decision) return decision;
  const { goal, isFinish, now } = decision;
  const seen = await bringTo({ target, change, options: { timeoutMs: RECOVERY_TIMEOUT_MS, signal, onProgress } }, { now, goal });
  if ('outcome' in seen) return seen;
  const { after, reason } = seen;
  const acted = (outcome: Recovery['outcome'], found: State): Ending => ({ outcome, changed: !sameState(now, found), now: found, reason });
  if (after === undefined) return acted('gone', {});
  if (isReached(kind, after, change.wanted) || (isFinish && kind.willDo?.(after, change.wanted) === true)) return acted('new', after);
  // A guest that keeps what it was asked for has it as before.
  if (isReached(kind, after, change.before)) return acted('old', after);
  return acted('stuck', after);
}
