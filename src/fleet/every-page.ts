/** A whole list of a store, page by page: all of it at one revision, and no more than a page in memory. */
import type { Entry, FleetStore } from './store/store.ts';

/** `from`: a key, behind which it begins. */
export async function* everyEntry(store: FleetStore, prefix: string, signal?: AbortSignal, from?: string): AsyncGenerator<Entry> {
  let after = from;
  let revision: bigint | undefined;
  do {
    const page = await store.list(prefix, { ...(after === undefined ? {} : { after }), ...(revision === undefined ? {} : { revision }) }, signal);
    yield* page.entries;
    after = page.next;
    revision = page.revision;
  } while (after !== undefined);
}
