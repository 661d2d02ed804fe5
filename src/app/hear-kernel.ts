/** Hearing the kernel for as long as the signal allows, also when what hears it ends. */
import type { HostPort, KernelHearing } from '../host/port.ts';

/** Before it is tried again, longer each time; then it is given up, and looking has to do. */
const AGAIN_MS = [1000, 5000, 30_000] as const;

/** So long it has to have lasted to count as one that works. */
const LASTED_MS = 60_000;

export interface HeardKernel extends Pick<KernelHearing, 'onBegin' | 'onFunction'> {
  /** From now on something may be missed. */
  readonly onEnd: () => void;
}

/** Returns when the signal says so, or when it cannot be heard. */
export async function hearKernelAgain({ hearKernel }: HostPort, heard: HeardKernel, signal: AbortSignal): Promise<void> {
  if (hearKernel === undefined) return;
  const until = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  let tries = 0;
  while (!signal.aborted && tries < AGAIN_MS.length) {
    const began = Date.now();
    try {
      await hearKernel({ ...heard, until });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      // There is no udevadm, or it may not be run.
      return;
    } finally {
      heard.onEnd();
    }
    if (Date.now() - began > LASTED_MS) tries = 0;
    await pause(AGAIN_MS[tries] ?? 0, signal);
    tries += 1;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
