/** The store of the fleet, open while somebody looks into it: to open it anew for every request would cost more than the request. */
import { HostdevError } from '../../errors.ts';
import type { FleetConfig } from '../../fleet/config.ts';
import type { FleetSource } from '../../fleet/fleet-source.ts';
import type { FleetStore } from '../../fleet/store/store.ts';

/** After so long nobody looks any more. */
const IDLE_MS = 60_000;

export interface KeptStore {
  /** @throws {HostdevError} `fleet-absent`, `interrupted` once it is closed, and whatever keeps the store from being read. */
  readonly use: <T>(act: (store: FleetStore, config: FleetConfig) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

interface Opened {
  readonly key: string;
  readonly store: Promise<FleetStore>;
  users: number;
  isOver: boolean;
  idle?: NodeJS.Timeout;
}

export function keptStore({ config: configNow, open }: FleetSource): KeptStore {
  let opened: Opened | undefined;
  let isClosed = false;

  /** Whoever is at it still ends what he does. */
  const retire = (which: Opened): void => {
    which.isOver = true;
    if (opened === which) opened = undefined;
    clearTimeout(which.idle);
    if (which.users === 0) void closed(which);
  };

  return {
    use: async (act) => {
      // The host may have left its fleet, or joined another one.
      const config = await configNow();
      // What waits while the server ends would open it anew, and nobody would close it.
      if (isClosed) throw new HostdevError('interrupted', 'the server is ending, and reads no fleet any more', { hint: 'start it again' });
      const key = JSON.stringify(config.store);
      if (opened !== undefined && opened.key !== key) retire(opened);
      const mine: Opened = (opened ??= { key, store: open(config.store), users: 0, isOver: false });
      clearTimeout(mine.idle);
      mine.users += 1;
      try {
        return await act(await mine.store, config);
      } catch (error) {
        // What could not be opened, or has failed once, is opened anew: its file server, or its certificates, may be others by then.
        if (!(error instanceof HostdevError) || error.code.startsWith('fleet-')) retire(mine);
        throw error;
      } finally {
        mine.users -= 1;
        if (mine.users === 0 && mine.isOver) void closed(mine);
        else if (mine.users === 0) mine.idle = setTimeout(() => retire(mine), IDLE_MS).unref();
      }
    },
    close: async () => {
      isClosed = true;
      const last = opened;
      if (last === undefined) return;
      opened = undefined;
      last.isOver = true;
      clearTimeout(last.idle);
      await closed(last);
    },
  };
}

/** What could not be opened has nothing to close, and what cannot be closed is of no use to anybody. */
async function closed({ store }: Opened): Promise<void> {
  await store.then((each) => each.close()).catch(() => undefined);
}
