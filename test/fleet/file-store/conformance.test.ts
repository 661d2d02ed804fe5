import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { openFileStore } from '../../../src/fleet/file-store/file-store.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { describeFleetStore } from '../../conformance/fleet-store/suite.ts';
import { type FaultyDisk, faultyDisk } from './faulty-disk.ts';
import { newStoreDirectory } from './new-directory.ts';

/** So many transactions at least can be listed and watched from. */
const SNAPSHOT_EVERY = 60n;

describeFleetStore({
  title: 'a directory that hosts share',
  lacks: {},
  make: async () => {
    const directory = await newStoreDirectory(SNAPSHOT_EVERY);
    const disks = new Map<FleetStore, FaultyDisk>();
    const diskOf = (store: FleetStore): FaultyDisk => disks.get(store) ?? faultyDisk();
    const whileFailing = async (store: FleetStore, code: string, work: () => Promise<void>): Promise<void> => {
      diskOf(store).fail('create', code);
      await work();
    };
    return {
      open: async () => {
        const disk = faultyDisk();
        const store = await openFileStore(directory, disk);
        disks.set(store, disk);
        return store;
      },
      end: async () => rmSync(dirname(directory), { recursive: true }),
      loseAnswer: async (store, way) => {
        if (way === 'before') diskOf(store).fail('link', 'ETIMEDOUT');
        else diskOf(store).fail('sync', 'EIO');
      },
      holdBack: async (store) => {
        const letGo = diskOf(store).holdLink();
        return async () => {
          try {
            letGo();
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
          }
          return undefined;
        };
      },
      // A directory has no connections: its file server is away for a while.
      cutWatches: async (store) => diskOf(store).fail('read', 'ESTALE', { times: 3 }),
      compact: async (store) => {
        for (let i = 0n; i < 3n * SNAPSHOT_EVERY; i += 1n) {
          await store.commit({ compares: [], operations: [{ kind: 'put', key: 'filler/key', value: new Uint8Array() }] });
        }
      },
      silence: async (store) => {
        await store.close();
        await new Promise((resolve) => setTimeout(resolve, 1500));
      },
      whileFull: (store, work) => whileFailing(store, 'ENOSPC', work),
      whileReadOnly: (store, work) => whileFailing(store, 'EROFS', work),
    };
  },
});
