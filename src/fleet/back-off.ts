/** Waiting for what is away: longer each time, as far as a bound, and from the beginning when it is back. */
export interface BackOff {
  /** Milliseconds until the next try. */
  readonly next: () => number;
  readonly reset: () => void;
}

export interface BackOffPace {
  /** Before the first try again. */
  readonly again: number;
  /** No longer than that. */
  readonly every: number;
}

export function backOff({ again, every }: BackOffPace): BackOff {
  let wait = again;
  return {
    next: () => {
      const now = wait;
      wait = Math.min(2 * wait, every);
      return now;
    },
    reset: () => {
      wait = again;
    },
  };
}
