/** From wherever a subject is to where it shall be. */
import type { State } from '../plan/transition.ts';
import { tryAll } from './carry-out.ts';
import { isReached, waitUntilReached } from './change.ts';
import { kindOf } from './kinds.ts';
import type { Doing } from './target.ts';

/** Brings a subject to one of the ends of its change; gives what failed. What is gone has nowhere to be brought. */
export async function goTo(doing: Doing, to: State): Promise<unknown[]> {
  const { target, change } = doing;
  const kind = kindOf(target, change.verb);
  const errors: unknown[] = [];
  try {
    const now = await kind.read(target.port, change);
    if (now === undefined || isReached(kind, now, to)) return [];
    errors.push(...(await tryAll({ ...doing, code: kind.code }, await kind.steps(target.port, change, now, to))));
    // Whether it is there all the same is for whoever looks next.
    if (errors.length > 0) return errors;
    await waitUntilReached(target.port, kind, change, to);
  } catch (error) {
    errors.push(error);
  }
  return errors;
}

/** What a subject is like now; `unknown` when it cannot be read. */
export async function readNow({ target, change }: Pick<Doing, 'target' | 'change'>): Promise<State | undefined | 'unknown'> {
  try {
    return await kindOf(target, change.verb).read(target.port, change);
  } catch {
    return 'unknown';
  }
}
