/** What a physical function had of virtual ones, by the journal's word, before hostdev changed that. */
import type { State } from '../../plan/transition.ts';
import type { JournalRecord } from './record.ts';

/**
 * What the first change of a boot found, counted anew once the functions were removed; undefined when nothing is changed, or it is again as it
 * was. A change whose end was lost may have been done: what it found is what there was either way.
 */
export function vfsFound(records: readonly JournalRecord[], boot: string, pf: string): State | undefined {
  const ends = new Map(records.flatMap((record) => (record.kind === 'begin' ? [] : [[record.id, record.kind] as const])));
  let found: State | undefined;
  for (const record of records) {
    if (record.kind !== 'begin' || record.boot !== boot || record.subject !== pf) continue;
    const end = ends.get(record.id);
    // What was undone changed nothing, and is no end of anything.
    if (end === 'undone') continue;
    if (record.verb === 'vf create') found ??= record.before;
    const isBack = record.verb === 'vf remove' || (record.verb === 'vf create' && found !== undefined && isSame(record.wanted, found));
    if (isBack && end === 'done') found = undefined;
  }
  return found;
}

function isSame(one: State, other: State): boolean {
  return (['count', 'autoprobe'] as const).every((name) => (one[name] ?? null) === (other[name] ?? null));
}
