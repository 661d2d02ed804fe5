/** A store that is full, or away, is asked again: what an actor of a round does when a command fails. What is refused like that has not happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../../../src/errors.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';

const AGAIN_MS = 50;
const PATIENCE_MS = 300_000;

/** Codes of a store that can do nothing now. */
const FOR_NOW = new Set(['fleet-full', 'fleet-unreadable', 'fleet-unwritable', 'fleet-unreachable', 'fleet-no-quorum']);

export function patientStore(store: FleetStore): FleetStore {
  const again = async <T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    for (const begin = performance.now(); ; ) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof HostdevError) || !FOR_NOW.has(error.code) || performance.now() - begin > PATIENCE_MS) throw error;
        if (signal?.aborted === true) throw error;
        await sleep(AGAIN_MS);
      }
    }
  };
  return {
    ...store,
    get: (keys, signal) => again(() => store.get(keys, signal), signal),
    list: (prefix, wish, signal) => again(() => store.list(prefix, wish, signal), signal),
    commit: (transaction, signal) => again(() => store.commit(transaction, signal), signal),
    alive: (key, value, seconds) => again(() => store.alive(key, value, seconds)),
  };
}
