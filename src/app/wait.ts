/** `--wait`: trying again while somebody else is in the way. */
import { type ErrorCode, HostdevError } from '../errors.ts';
import { sleep } from './sleep.ts';

/** Refusals that end by themselves: another hostdev finishes, a guest lets go. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['busy', 'function-held', 'sriov-in-use']);

const AGAIN_MS = 500;

export interface WaitOptions {
  /** Milliseconds; without it there is one try. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

export async function waiting<T>({ waitMs = 0, signal, onProgress }: WaitOptions, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + waitMs;
  let told = '';
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HostdevError) || !PASSING.has(error.code) || Date.now() + AGAIN_MS > deadline) throw error;
      if (error.message !== told) onProgress?.(`waiting: ${error.message}`);
      told = error.message;
    }
    await sleep(AGAIN_MS);
    refuseInterrupted(signal);
  }
}

/** @throws {HostdevError} `interrupted`. */
export function refuseInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new HostdevError('interrupted', 'interrupted while waiting; nothing was changed');
}
