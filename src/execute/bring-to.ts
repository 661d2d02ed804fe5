/** What a subject is like once it was brought to where a recovery, or an undoing, wants it. */
import type { State } from '../plan/transition.ts';
import type { Ending } from './decide-recovery.ts';
import { goTo, readNow } from './go-to.ts';
import type { Doing } from './target.ts';

/** A guest has that long to let go of what it was only half given, or is to give back. */
export const RECOVERY_TIMEOUT_MS = 30_000;

/** Brings it there, and looks: undefined where it is not there any more; stuck where it cannot be read. */
export async function bringTo(
  doing: Doing,
  { now, goal }: { readonly now: State; readonly goal: State },
): Promise<Ending | { readonly after: State | undefined; readonly reason: string | undefined }> {
  const errors = await goTo(doing, goal);
  const after = await readNow(doing);
  const reason = errors.length === 0 ? undefined : errors.map((error) => (error as Error).message).join('; ');
  return after === 'unknown' ? { outcome: 'stuck', changed: true, now, reason: reason ?? 'it cannot be read any more' } : { after, reason };
}
