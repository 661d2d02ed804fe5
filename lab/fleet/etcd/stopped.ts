/** A process that is stopped, all of it. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Stops a process and waits until none of its threads runs any more: the signal is taken by one thread, and on a busy machine the
 * others go on until that one gets its turn.
 */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  while (!(await isStopped(pid))) await sleep(2);
}

async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(threads.map(async (thread) => stateOf(await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ''))));
  return states.every((state) => state === 'T');
}

/** The letter behind the name, which may have any characters; a thread that has ended meanwhile does not run either. */
function stateOf(stat: string): string {
  return stat === '' ? 'T' : (stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '');
}
