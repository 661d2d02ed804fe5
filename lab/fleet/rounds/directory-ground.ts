/** Rounds over directories, each a new one. Where the run has mounts of its own, they are on a small disk, which is full now and then. */
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { initFileStore } from '../../../src/fleet/file-store/file-store.ts';
import { run } from '../../process.ts';
import type { Disturb, Ground } from './ground.ts';

const DISK = '24m';
const FULL_MS = 600;
/** Of rounds, how many have a full disk. */
const FULL = 0.3;

export async function directoryGround(root: string, hasMounts: boolean): Promise<Ground> {
  const disk = join(root, 'disk');
  mkdirSync(disk, { recursive: true });
  if (hasMounts) await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'hostdev-fleet', disk]);
  let last: string | undefined;
  return {
    async begin(round) {
      if (last !== undefined) rmSync(last, { recursive: true, force: true });
      last = join(disk, `store-${round}`);
      await initFileStore(last);
      return { kind: 'directory', path: last };
    },
    disturb: hasMounts ? fillDisk(join(disk, 'ballast')) : async () => undefined,
    async end() {
      if (hasMounts) await run('umount', [disk]);
    },
  };
}

function fillDisk(ballast: string): Disturb {
  return async (random, say) => {
    if (random() > FULL) return;
    await sleep(random() * FULL_MS);
    say('the disk is full');
    const file = openSync(ballast, 'w');
    try {
      for (const bytes = Buffer.alloc(4096); writeSync(file, bytes) === bytes.length; );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
    await sleep(random() * FULL_MS);
    rmSync(ballast);
    say('the disk has room again');
  };
}
