/** Waiting for what a nested guest writes on its console, which is a file of the shared directory. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabHost } from './running.ts';

const LOOK_MS = 250;
const LAST_CHARACTERS = 1500;

/** Reads the whole console again and again until `read` finds in it what is waited for; generous, because the machine may be busy. */
export async function waitForConsole<T>(host: Pick<LabHost, 'share'>, file: string, timeoutMs: number, read: (console: string) => T | undefined): Promise<T> {
  for (const give = Date.now() + timeoutMs; ; await sleep(LOOK_MS)) {
    const console = await readFile(join(host.share, file), 'utf8').catch(() => '');
    const found = read(console);
    if (found !== undefined) return found;
    if (!/Kernel panic/.test(console) && Date.now() <= give) continue;
    throw new Error(
      `the guest's kernel did not show what was expected within ${Math.round(timeoutMs / 1000)} s; its console ends with:\n${console.slice(-LAST_CHARACTERS)}`,
    );
  }
}

/** What stands between the marks of the last complete list of functions on a console; undefined when there is none yet. */
export function lastFunctionList(console: string): string | undefined {
  const end = console.lastIndexOf('guest functions end');
  const begin = console.lastIndexOf('guest functions:', end);
  return end === -1 || begin === -1 ? undefined : console.slice(begin, end);
}
