/** How often somebody may try to sign in: all together, since whoever tries has more than one address. */
import { HostdevError } from '../../errors.ts';
import { uptime } from './uptime.ts';

const MOST = 10;
const WINDOW_MS = 60_000;

export interface Attempts {
  /**
   * Counts one from its beginning on: of many at once no more are looked at than of one after the other.
   *
   * @throws {HostdevError} `sign-in-limited`.
   */
  readonly begin: () => Attempt;
}

interface Attempt {
  /** It does not count any more. */
  readonly wasRight: () => void;
}

export function attempts(now: () => number = uptime): Attempts {
  const begun = new Set<{ readonly time: number }>();
  return {
    begin: () => {
      for (const each of begun) if (now() - each.time >= WINDOW_MS) begun.delete(each);
      const [oldest] = begun;
      if (oldest !== undefined && begun.size >= MOST) {
        const seconds = Math.ceil((oldest.time + WINDOW_MS - now()) / 1000);
        throw new HostdevError('sign-in-limited', `${MOST} attempts within a minute have failed`, {
          hint: `wait ${seconds} s`,
          details: { headers: { 'Retry-After': String(seconds) } },
        });
      }
      const attempt = { time: now() };
      begun.add(attempt);
      return { wasRight: () => void begun.delete(attempt) };
    },
  };
}
