/** Files of the system that are ours whole: replaced through the disk, or removed through the disk. */
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from './sync-directory.ts';

/** Replaces a file so that a crash leaves the old or the new one; without text it is removed. */
export async function replaceFile(path: string, text: string | undefined, mode = 0o644): Promise<void> {
  const directory = dirname(path);
  if (text === undefined) {
    await unlink(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await syncDirectory(directory).catch(() => undefined);
    return;
  }
  await mkdir(directory, { recursive: true });
  // Hidden, and without the suffix that udev and the like look for: half a file is never taken for one.
  const beside = join(directory, `.${basename(path)}.${process.pid}.new`);
  try {
    const handle = await open(beside, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
  } catch (error) {
    await unlink(beside).catch(() => undefined);
    throw error;
  }
  await syncDirectory(directory);
}
