/** Directories for the time of one run, below the one for temporary files. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PID, removeLeftBehind } from './unused.ts';

/** Makes one, and removes those whose processes were killed. */
export async function makeWorkDirectory(prefix: 'hostdev-lab-' | 'hostdev-user-'): Promise<string> {
  await removeLeftBehind(tmpdir(), prefix);
  const directory = await mkdtemp(join(tmpdir(), prefix));
  await writeFile(join(directory, PID), String(process.pid));
  return directory;
}
