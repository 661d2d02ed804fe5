/** Waking who waits for news: what comes in bursts is one piece of news. */
export interface Bell {
  readonly ring: () => void;
  /** Resolves when it has rung since the last time, after so many milliseconds, or when the signal says so. */
  readonly next: (mostMs: number, signal: AbortSignal) => Promise<void>;
}

export function bell(): Bell {
  let rung = false;
  let wake: () => void = () => undefined;
  return {
    ring: () => {
      rung = true;
      wake();
    },
    next: async (mostMs, signal) => {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, mostMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          signal.addEventListener('abort', wake, { once: true });
        });
        signal.removeEventListener('abort', wake);
        wake = () => undefined;
      }
      rung = false;
    },
  };
}
