/** What of a journal that has grown long comes into the new one. */
import { isLasting } from '../../plan/transition.ts';
import type { JournalRecord } from './record.ts';

/** Enough for the changes of thousands of functions. */
const RECENT_BYTES = 1024 * 1024;

/** What was changed in this boot, and what outlives boots, may still be in force. As lines, byte for byte as they were. */
export function keptLines(written: readonly { readonly record: JournalRecord; readonly text: string }[], boot: string): string[] {
  const kept = new Set(written.flatMap(({ record }) => (record.kind === 'begin' && (record.boot === boot || isLasting(record.verb)) ? record.id : [])));
  // The end of a whole has no beginning of its own.
  for (const { record } of written) if (record.kind === 'begin' && kept.has(record.id) && record.whole !== undefined) kept.add(record.whole);
  const lines = written.flatMap(({ record, text }) => (kept.has(record.id) ? `${text}\n` : []));
  // Cut from the front: a change's end stands behind its beginning, so none seems to be open.
  let bytes = 0;
  const recent = lines.reverse().filter((line) => (bytes += line.length) < RECENT_BYTES);
  return recent.reverse();
}
