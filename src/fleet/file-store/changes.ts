/** When to look again: the kernel says when this host has written; what other hosts have written is seen by looking again and again. */
import { watch } from 'node:fs';

const POLL_MS = 1000;

export interface Changes {
  /** Fulfilled when something may have changed, or it is time to look. */
  readonly next: () => Promise<void>;
  readonly stop: () => void;
}

export function changesIn(directory: string): Changes {
  let changed = false;
  let wake: () => void = () => undefined;
  const tell = (): void => {
    changed = true;
    wake();
  };
  const watcher = listen(directory, tell);
  return {
    next: async () => {
      if (!changed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, POLL_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      changed = false;
    },
    stop: () => {
      watcher?.close();
      tell();
    },
  };
}

/** Without the kernel's word (too many watches, no inotify) looking again is slower, and enough. */
function listen(directory: string, tell: () => void): { readonly close: () => void } | undefined {
  try {
    return watch(directory, { persistent: false }, tell).on('error', () => undefined);
  } catch {
    return undefined;
  }
}
