/** How often somebody may try to sign in: all together, since whoever tries has more than one address. */
import { HostdevError } from '../../errors.ts';

const MOST = 10;
const WINDOW_MS = 60_000;

export interface Attempts {
  /** @throws {HostdevError} `sign-in-limited`. */
  readonly requireLeft: () => void;
  readonly failed: () => void;
}

export function attempts(now: () => number = Date.now): Attempts {
  let failures: number[] = [];
  return {
    requireLeft: () => {
      failures = failures.filter((time) => now() - time < WINDOW_MS);
      const [oldest] = failures;
      if (oldest === undefined || failures.length < MOST) return;
      const seconds = Math.ceil((oldest + WINDOW_MS - now()) / 1000);
      throw new HostdevError('sign-in-limited', `${MOST} attempts within a minute have failed`, {
        hint: `wait ${seconds} s`,
        details: { headers: { 'Retry-After': String(seconds) } },
      });
    },
    failed: () => void failures.push(now()),
  };
}
