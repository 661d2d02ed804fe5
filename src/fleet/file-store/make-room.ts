/** Snapshots, and what they make superfluous. Whoever has committed does it; who is stopped in the middle of it leaves nothing that is missing. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Directory } from './directory.ts';
import type { Keeper } from './keeper.ts';
import { revisionName, revisionsIn } from './layout.ts';
import { encodeSnapshot } from './snapshot-file.ts';

/** Makes the snapshot that is due, if one is. All who make it make the same one, as keys are kept for more revisions than are between two. */
export async function makeRoom(directory: Directory, keeper: Keeper): Promise<void> {
  const { snapshotEvery, disk, layout } = directory;
  const keys = keeper.keys();
  const revision = (keys.revision() / snapshotEvery) * snapshotEvery;
  if (revision <= keeper.newestSnapshot() || revision < keys.oldest()) return;
  const name = revisionName(revision);
  const made = join(layout.fresh, `${name}-${randomUUID()}`);
  try {
    await disk.create(made, encodeSnapshot(keys.all(revision)));
    await disk.link(made, join(layout.snapshots, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await disk.remove(made);
  }
  // Nothing is removed for a snapshot that a power loss could take away.
  await disk.sync(layout.snapshots);
  await clearAway(directory);
}

async function clearAway({ disk, layout }: Directory): Promise<void> {
  const snapshots = revisionsIn(await disk.names(layout.snapshots));
  const horizon = snapshots.at(-2) ?? 0n;
  const remove = async (directory: string, names: readonly string[]): Promise<void> => {
    for (const name of names) await disk.remove(join(directory, name));
  };
  await remove(layout.snapshots, snapshots.filter((each) => each < horizon).map(revisionName));
  await remove(
    layout.log,
    revisionsIn(await disk.names(layout.log))
      .filter((each) => each <= horizon)
      .map(revisionName),
  );
  // Of processes that were killed; one that only slept writes its file again.
  await remove(
    layout.fresh,
    (await disk.names(layout.fresh)).filter((name) => (revisionsIn([name.split('-')[0] ?? ''])[0] ?? horizon + 1n) <= horizon),
  );
}
