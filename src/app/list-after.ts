/** Which rows of the list a plan changes, and what they would say afterwards. */
import { pciNames } from '../pci/names.ts';
import type { Change } from '../plan/change.ts';
import { hostAfter, takenByWhichever } from '../plan/host-after.ts';
import { judge, type Judgment } from '../state/judge.ts';
import type { HostState } from '../state/host-state.ts';
import { type ListedFunction, listedFunction } from '../state/listed-function.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';

export interface ListedChange {
  readonly before: ListedFunction;
  /** null where the function is not there any more. */
  readonly after: ListedFunction | null;
  /** Whether only the kernel will know which host driver takes it; `after` has none then. */
  readonly whicheverDriver: boolean;
}

/** Rows that differ, in the machine's order: those of the functions that are changed, and of all whose verdict follows from them. */
export async function listAfter(context: AppContext, changes: readonly Change[]): Promise<readonly ListedChange[]> {
  if (changes.length === 0) return [];
  const view = viewing(context);
  const [{ state, judgments }, ids] = await Promise.all([viewHost(view), context.readPciIds()]);
  const names = pciNames(ids);
  const rows = (host: HostState, judged: readonly Judgment[]): readonly ListedFunction[] =>
    judged.map((judgment) => listedFunction(judgment, host, names(judgment.device)));
  const after = hostAfter(state, changes);
  const whichever = takenByWhichever(changes);
  const later = new Map(rows(after, judge(after)).map((row) => [row.address, row]));
  return rows(state, judgments)
    .map((before) => ({ before, after: later.get(before.address) ?? null, whicheverDriver: whichever.has(before.address) }))
    .filter((each) => JSON.stringify(each.before) !== JSON.stringify(each.after));
}
