/** What was done of a whole that was interrupted does not stay: it is undone, the last part first; but for what somebody has changed since. */
import { randomBytes } from 'node:crypto';
import { reverse, topicOf, type Transition } from '../plan/transition.ts';
import { type Ending, ending, hasEndedWithBoot, type Recovery } from './decide-recovery.ts';
import { goBack } from './go-back.ts';
import type { Journal } from './journal/journal.ts';
import type { BeginRecord, JournalRecord } from './journal/record.ts';
import { endWhole, standingParts, unendedWholes } from './journal/whole.ts';
import { readAsToday } from './old-records.ts';
import { openedOnce } from './opened-once.ts';
import { keptWith } from './overtaken.ts';
import { RECOVERY_TIMEOUT_MS } from './bring-to.ts';
import type { ExecuteOptions, ExecutionTarget } from './target.ts';

/** A part that is to be undone. */
export interface PartDone {
  readonly record: BeginRecord;
  readonly change: Transition;
}

/** A whole that has not ended. */
interface Interrupted {
  readonly whole: string;
  /** Those that were done, the last one first. */
  readonly done: readonly PartDone[];
  /** Whether one of its parts is open still: it was stuck. */
  readonly isOpen: boolean;
}

/** The wholes of a journal that have not ended, with what of them stands in this boot. */
export function interruptedWholes(records: readonly JournalRecord[], boot: string): Interrupted[] {
  const ends = new Map(records.flatMap((record) => (record.kind === 'begin' ? [] : [[record.id, record.kind] as const])));
  return unendedWholes(records, boot).map((parts) => {
    const done = parts.filter((record) => ends.get(record.id) === 'done' && !hasEndedWithBoot(record, boot));
    const standing = standingParts(done, (record) => topicOf(readAsToday(record, records)));
    const changes = standing.map((record) => ({ record, change: readAsToday(record, records) }));
    return { whole: parts[0]?.whole ?? '', done: changes.reverse(), isOpen: parts.some(({ id }) => !ends.has(id)) };
  });
}

/** What undoing needs, who asks for it, and who may stop it. */
interface Undoing extends Pick<ExecuteOptions, 'signal' | 'onProgress' | 'onStep'> {
  readonly target: ExecutionTarget;
  readonly boot: string;
  readonly by?: string | undefined;
  /** @throws {HostdevError} `interrupted`. */
  readonly refuseStopped: () => void;
}

/** Undoes what was done of each whole, each part with a record of its own, up to the first that is stuck. */
export async function undoWholes(journal: Journal, undoing: Undoing): Promise<Recovery[]> {
  const undone: Recovery[] = [];
  for (const { whole, done, isOpen } of interruptedWholes(await journal.read(), undoing.boot)) {
    if (isOpen) continue;
    const outcomes: Recovery[] = [];
    const kept = new Set<string>();
    for (const part of done) {
      undoing.refuseStopped();
      const recovery = await undoPart(journal, { ...undoing, kept }, part);
      outcomes.push(recovery);
      if (recovery.outcome === 'overtaken') for (const name of keptWith(part.change)) kept.add(name);
      // The next ones may be what this one stands on.
      if (recovery.outcome === 'stuck') break;
    }
    undone.push(...outcomes);
    if (outcomes.every(({ outcome }) => outcome !== 'stuck')) await endWhole(journal, whole, 'undone');
  }
  return undone;
}

interface UndoingPart extends Undoing {
  /** Subjects of parts behind it that somebody has overtaken. */
  readonly kept: ReadonlySet<string>;
}

async function undoPart(journal: Journal, { target, by, signal, onProgress, onStep, kept }: UndoingPart, { record, change }: PartDone): Promise<Recovery> {
  const { subject, verb } = change;
  const id = randomBytes(8).toString('hex');
  const time = (): string => new Date().toISOString();
  await journal.append({ ...record, ...reverse(change), id, time: time(), by: by ?? record.by });
  onStep?.({ change, state: 'undoing' });
  const ended = await openedOnce(target, async (opened): Promise<Ending> => {
    try {
      return await goBack(opened, change, { timeoutMs: RECOVERY_TIMEOUT_MS, signal, onProgress, kept });
    } catch (error) {
      return ending('stuck', {}, (error as Error).message);
    }
  });
  const isOvertaken = ended.outcome === 'overtaken';
  onStep?.({ change, state: ended.outcome === 'stuck' || isOvertaken ? 'left' : 'undone' });
  if (ended.outcome !== 'stuck') await journal.append({ kind: isOvertaken ? 'undone' : 'done', id, time: time(), after: ended.now, reason: ended.reason });
  return { subject, verb, ...ended };
}
