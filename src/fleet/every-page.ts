/** A whole list of a store, page by page: all of it at one revision, and no more than a page in memory. */
import type { Entry, FleetStore } from './store/store.ts';

export interface ListFrom {
  /** A key, behind which it begins. */
  readonly after?: string | undefined;
  /** The revision, where several lists are to be of one. */
  readonly at?: bigint | undefined;
}

export async function* everyEntry(store: FleetStore, prefix: string, signal?: AbortSignal, from: ListFrom = {}): AsyncGenerator<Entry> {
  let { after, at: revision } = from;
  do {
    const page = await store.list(prefix, { ...(after === undefined ? {} : { after }), ...(revision === undefined ? {} : { revision }) }, signal);
    yield* page.entries;
    after = page.next;
    revision = page.revision;
  } while (after !== undefined);
}
