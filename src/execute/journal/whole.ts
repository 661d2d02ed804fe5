/** Changes that are parts of a whole, by the journal's word: those of a whole that has not ended do not stay. */
import { isLasting } from '../../plan/transition.ts';
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

/** Of parts, each topic once: from what the first one found to what the last one left, in the order in which they were changed last. */
export function netOf(parts: readonly BeginRecord[], topicOf: (part: BeginRecord) => string): BeginRecord[] {
  const net = new Map<string, BeginRecord>();
  for (const part of parts) {
    const topic = topicOf(part);
    const first = net.get(topic);
    net.delete(topic);
    net.set(topic, first === undefined ? part : { ...first, wanted: part.wanted });
  }
  return [...net.values()];
}
