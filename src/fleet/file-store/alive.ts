/** A key that is there while its writer says so: an ordinary one, beside which a small file changes. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { HostdevError } from '../../errors.ts';
import type { Alive, Commit, Entry, Transaction } from '../store/store.ts';
import type { Directory } from './directory.ts';
import { unwritten } from './failures.ts';
import { checksumOf, encodeHeartbeat, type Heartbeat } from './heartbeat-file.ts';

/** What a writer needs of its store. */
export interface AliveStore {
  readonly directory: Directory;
  readonly commit: (transaction: Transaction) => Promise<Commit>;
  readonly read: (key: string) => Promise<{ readonly entry: Entry | undefined; readonly revision: bigint }>;
  /** Called when the store is closed: nobody speaks any more. */
  readonly onClose: (stop: () => void) => void;
}

/** So often at least within the time after which others take the key away. */
const BEATS = 3;

export interface AliveKey {
  readonly key: string;
  readonly value: Uint8Array;
  readonly seconds: number;
}

export async function beAlive(store: AliveStore, { key, value, seconds }: AliveKey): Promise<Alive> {
  const { disk, layout, name } = store.directory;
  const path = join(layout.alive, randomUUID());
  let beats = 0;
  const beat = async (heartbeat: Heartbeat): Promise<void> => {
    beats += 1;
    await disk.overwrite(path, encodeHeartbeat(heartbeat, beats));
  };
  // Before the key: one whose writer is killed in between has its file already, and goes as well.
  const { revision: after } = await store.read(key);
  await beat({ key, seconds, written: { after, checksum: checksumOf(value) } }).catch((error: unknown) => {
    throw unwritten(name, error);
  });
  const answer = await store.commit({ compares: [], operations: [{ kind: 'put', key, value }] });
  if (answer.outcome !== 'done') throw new HostdevError('fleet-unclear', `whether ${key} was written is not known`, { subject: key, hint: 'try again' });
  const at = answer.revision;
  const heartbeat = { key, seconds, written: { at } };
  await beat(heartbeat).catch(() => undefined);

  let lose: (why: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => {
    lose = resolve;
  });
  let spoke = performance.now();
  let busy = false;
  const timer = setInterval(
    () => {
      if (busy) return;
      busy = true;
      void speak().finally(() => {
        busy = false;
      });
    },
    (seconds * 1000) / BEATS,
  );
  timer.unref();
  const stop = (): void => clearInterval(timer);
  store.onClose(stop);

  async function speak(): Promise<void> {
    try {
      await beat(heartbeat);
      const { entry } = await store.read(key);
      spoke = performance.now();
      if (entry?.modified === at) return;
      stop();
      lose(entry === undefined ? 'somebody has taken the key away' : 'somebody else has written the key');
      await disk.remove(path);
    } catch (error) {
      if (performance.now() - spoke <= seconds * 1000) return;
      stop();
      lose(`nothing could be said for ${seconds} seconds: ${(error as Error).message}`);
    }
  }

  return {
    lost,
    end: async () => {
      stop();
      await store.commit({ compares: [{ kind: 'modified', key, revision: at }], operations: [{ kind: 'delete', key }] });
      await disk.remove(path);
    },
  };
}
