/** Making a new or renamed file durable. */
import { open } from 'node:fs/promises';

/** Waits until the disk has the entries of a directory: a file that was synced may still be nameless after a crash. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
