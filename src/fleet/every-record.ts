/** Records of a fleet's hosts one after the other, in the order of their keys: no more than a page of them is in memory, packed, and one unpacked. */
import { HostdevError, type Problem } from '../errors.ts';
import { everyEntry } from './every-page.ts';
import { decodeHostRecord } from './host-record-bytes.ts';
import { hostsPrefix } from './model/keys.ts';
import type { KeptHost } from './model/view.ts';
import type { FleetStore } from './store/store.ts';

/** Of what cannot be read it is said, and the others come all the same. */
export async function* everyRecord(store: FleetStore, onProblem: (problem: Problem) => void, signal?: AbortSignal, at?: bigint): AsyncGenerator<KeptHost> {
  for await (const entry of everyEntry(store, hostsPrefix, signal, at)) {
    if (!entry.key.endsWith('/inventory')) continue;
    const host = await decodeHostRecord(entry).catch((error: unknown) => {
      if (!(error instanceof HostdevError)) throw error;
      onProblem(error.toProblem());
    });
    if (host !== undefined) yield host;
  }
}
