/** Every change under a prefix, once each and in order, for as long as somebody wants to hear of it. */
import { HostdevError } from '../../errors.ts';
import type { WatchEvent } from '../store/store.ts';
import type { Revisions } from '../store/revisions.ts';
import { changesIn } from './changes.ts';

export interface Watched {
  readonly prefix: string;
  readonly from: bigint;
  /** The directory of the log. */
  readonly log: string;
  /** The keys of now. */
  readonly upToDate: () => Promise<Revisions>;
}

/** Whole revisions, and about so many events, at once. */
const AT_ONCE = 500;

export async function* watchLog({ prefix, from, log, upToDate }: Watched, signal: AbortSignal): AsyncGenerator<WatchEvent> {
  const changes = changesIn(log);
  signal.addEventListener('abort', changes.stop, { once: true });
  try {
    for (let position = from; !signal.aborted; ) {
      const keys = await upToDate().catch(unlessPassing);
      const found = keys?.changed(prefix, position, AT_ONCE);
      if (keys !== undefined && found === undefined) {
        yield { kind: 'compacted', revision: keys.oldest() };
        return;
      }
      if (found === undefined || found.upTo === position) await changes.next();
      else {
        yield* found.events;
        yield { kind: 'progress', revision: found.upTo };
        position = found.upTo;
      }
    }
  } finally {
    signal.removeEventListener('abort', changes.stop);
    changes.stop();
  }
}

/** A file server that is away comes back; what is damaged does not get better. */
function unlessPassing(error: unknown): undefined {
  if (!(error instanceof HostdevError) || error.code !== 'fleet-unreadable') throw error;
}
