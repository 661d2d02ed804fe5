/** Changes that are parts of a whole, by the journal's word: those of a whole that has not ended do not stay. */
import { isLasting, sameState } from '../../plan/transition.ts';
import type { Journal } from './journal.ts';
import type { BeginRecord, JournalRecord } from './record.ts';

/** Writes down that a whole has ended, where it has begun. */
export async function endWhole(journal: Pick<Journal, 'append' | 'read'>, whole: string, kind: 'done' | 'undone'): Promise<void> {
  const hasBegun = (await journal.read()).some((record) => record.kind === 'begin' && record.whole === whole);
  if (hasBegun) await journal.append({ kind, id: whole, time: new Date().toISOString(), after: {} });
}

/** The parts of each whole that has not ended, as they were begun; without those that ended with their boot. */
export function unendedWholes(records: readonly JournalRecord[], boot: string): BeginRecord[][] {
  const ended = new Set(records.flatMap((record) => (record.kind === 'begin' ? [] : [record.id])));
  const wholes = new Map<string, BeginRecord[]>();
  for (const record of records) {
    if (record.kind !== 'begin' || record.whole === undefined || ended.has(record.whole)) continue;
    if (record.boot === boot || isLasting(record.verb)) wholes.set(record.whole, [...(wholes.get(record.whole) ?? []), record]);
  }
  return [...wholes.values()];
}

/** The parts that stand, in their order: one that brought its topic back to what the one before it had found has undone that one. */
export function standingParts(parts: readonly BeginRecord[], topicOf: (part: BeginRecord) => string): BeginRecord[] {
  const standing: BeginRecord[] = [];
  for (const part of parts) {
    const at = standing.findLastIndex((each) => topicOf(each) === topicOf(part));
    const last = standing[at];
    if (last !== undefined && sameState(last.before, part.wanted)) standing.splice(at, 1);
    else standing.push(part);
  }
  return standing;
}
