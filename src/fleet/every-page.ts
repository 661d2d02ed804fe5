/** A whole list of a store, page by page: all of it at one revision, which may be given, and no more than a page in memory. */
import type { Entry, FleetStore } from './store/store.ts';

export async function* everyEntry(store: FleetStore, prefix: string, signal?: AbortSignal, at?: bigint): AsyncGenerator<Entry> {
  let after: string | undefined;
  let revision = at;
  do {
    const page = await store.list(prefix, { ...(after === undefined ? {} : { after }), ...(revision === undefined ? {} : { revision }) }, signal);
    yield* page.entries;
    after = page.next;
    revision = page.revision;
  } while (after !== undefined);
}
