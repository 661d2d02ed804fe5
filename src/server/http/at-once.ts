/** What costs much is done so many times at once; whoever comes meanwhile waits for a turn. */
import { HostdevError } from '../../errors.ts';

export type AtOnce = <T>(act: () => Promise<T>) => Promise<T>;

/**
 * Gives what acts when it is its turn.
 *
 * @param most how many act at once
 * @param mostWaiting how many wait besides; more are refused with `server-full`
 */
export function atOnce(most: number, mostWaiting: number): AtOnce {
  const waiting: (() => void)[] = [];
  let acting = 0;
  return async (act) => {
    if (acting >= most) {
      if (waiting.length >= mostWaiting)
        throw new HostdevError('server-full', `${most + mostWaiting} are being answered, and no more are at once`, { hint: 'try again in a moment' });
      // Whoever ends hands its turn on.
      await new Promise<void>((resolve) => void waiting.push(resolve));
    } else acting += 1;
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next === undefined) acting -= 1;
      else next();
    }
  };
}
