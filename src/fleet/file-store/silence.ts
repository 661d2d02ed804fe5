/**
 * Taking away the keys of who is silent. Everybody who watches does it, each by the clock of its own process, which tells how long *it* has seen no change: clocks
 * of others are never compared. What is taken away is a hint of life, and nothing else.
 */
import { join } from 'node:path';
import type { AliveStore } from './alive.ts';
import { decodeHeartbeat, type Heartbeat, HEARTBEAT_LIMIT, isAbout } from './heartbeat-file.ts';

interface Seen {
  readonly bytes: Buffer;
  readonly since: number;
}

/** Of files that cannot be read as heartbeats nothing follows but that they go. */
const UNREADABLE_SECONDS = 60;
/** More hosts than share a directory. */
const FILES_LIMIT = 10_000;

/** Looks once at each heartbeat; to be called again and again. */
export function silenceWatch(store: AliveStore): () => Promise<void> {
  const { disk, layout } = store.directory;
  let seen = new Map<string, Seen>();

  async function look(name: string): Promise<Seen | undefined> {
    const path = join(layout.alive, name);
    const bytes = await disk.read(path, HEARTBEAT_LIMIT);
    if (bytes === undefined) return undefined;
    const before = seen.get(name);
    const now = performance.now();
    if (before === undefined || !before.bytes.equals(bytes)) return { bytes, since: now };
    const heartbeat = decodeHeartbeat(bytes);
    if (now - before.since <= (heartbeat?.seconds ?? UNREADABLE_SECONDS) * 1000) return before;
    if (heartbeat !== undefined) await takeAway(heartbeat);
    await disk.remove(path);
    return undefined;
  }

  async function takeAway(heartbeat: Heartbeat): Promise<void> {
    const { key } = heartbeat;
    const { entry } = await store.read(key);
    if (entry === undefined || !isAbout(heartbeat, entry)) return;
    await store.commit({ compares: [{ kind: 'modified', key, revision: entry.modified }], operations: [{ kind: 'delete', key }] });
  }

  return async () => {
    const next = new Map<string, Seen>();
    for (const name of (await disk.names(layout.alive)).slice(0, FILES_LIMIT)) {
      // One that cannot be read keeps nobody from looking at the others.
      const found = await look(name).catch(() => undefined);
      if (found !== undefined) next.set(name, found);
    }
    seen = next;
  };
}
