/**
 * Bringing a guest back to where it was. Whoever interrupted us wants exactly that, so nothing here is ended by a signal; and what
 * could not be brought back is said, never swallowed.
 */
import { HostdevError } from '../../errors.ts';
import type { Affect, DomainRef } from '../../libvirt/index.ts';
import { giveDevice, readHoldings, removeFromDefinition, takeDevice, type Which, whichName } from './device.ts';
import type { LibvirtLink } from './link.ts';

export interface UndoOptions {
  readonly timeoutMs: number;
  readonly onProgress: ((message: string) => void) | undefined;
}

/** What an undo takes from the options of the change: all but the signal. */
export function undoOptions({
  timeoutMs,
  onProgress,
}: {
  readonly timeoutMs: number;
  readonly onProgress?: ((message: string) => void) | undefined;
}): UndoOptions {
  return { timeoutMs, onProgress };
}

const RECOVER = "'hostdev recover' tries again; 'hostdev guests' shows what is where";

/**
 * Acts; when that fails, undoes. When that fails as well both errors are told, and what is in the journal stays open there; `hint` says what
 * to do where it is not.
 */
export async function orBack<T>(act: () => Promise<T>, back: () => Promise<unknown>, hint = RECOVER): Promise<T> {
  try {
    return await act();
  } catch (error) {
    try {
      await back();
    } catch (undo) {
      throw new HostdevError('stuck', `${(error as Error).message}; and it could not be undone: ${(undo as Error).message}`, {
        hint,
        cause: error,
      });
    }
    throw error;
  }
}

/** Undoes the last first. Each is tried, whatever became of the others. */
export async function undoAll(undo: readonly (() => Promise<unknown>)[]): Promise<void> {
  await tryAll([...undo].reverse());
}

/** Takes a device out of the definition and out of what runs, where they have it. */
export async function takeBack(link: LibvirtLink, ref: DomainRef, which: Which, from: Required<Affect>, options: UndoOptions): Promise<void> {
  const now = await readHoldings(link, ref, which);
  await tryAll([
    async () => {
      if (from.config && now.config === 'yes') await removeFromDefinition(link, ref, which);
    },
    async () => {
      if (from.live && now.live === 'yes') await takeDevice(link, ref, which, options);
    },
  ]);
}

/** Elements as they were before. */
export interface Texts {
  readonly live: string | undefined;
  readonly config: string | undefined;
}

/** Puts a device back into whatever had it and has it no more: the definition first, which never depends on the guest. */
export async function putBack(link: LibvirtLink, ref: DomainRef, which: Which, texts: Texts): Promise<void> {
  const { live, config } = texts;
  const now = await readHoldings(link, ref, which);
  await tryAll([
    async () => {
      if (config !== undefined && now.config === 'no') await giveDevice(link, ref, which, config, { live: false, config: true });
    },
    async () => {
      // A guest that has ended meanwhile gets it at its next start.
      if (live !== undefined && now.live === 'no' && now.running) await giveDevice(link, ref, which, live, { live: true, config: false });
    },
  ]).catch((error: unknown) => {
    throw new HostdevError('stuck', `${whichName(which)} could not be put back: ${(error as Error).message}`, {
      cause: error,
      details: { xml: live ?? config },
    });
  });
}

/** One after the other, each whatever became of those before it. Of several errors the first has its code, and all have their say. */
export async function tryAll(acts: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const act of acts) await act().catch((error: unknown) => errors.push(error));
  const [first, ...others] = errors;
  if (first === undefined) return;
  if (others.length === 0 && first instanceof HostdevError) throw first;
  const message = errors.map((error) => (error as Error).message).join('; ');
  throw new HostdevError(first instanceof HostdevError ? first.code : 'stuck', message, { cause: first });
}
