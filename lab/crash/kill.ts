/** Kills a process with SIGKILL at each point, recovers, and looks at the kernel. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { recoverChanges } from '../../src/app/recover-changes.ts';
import { scopeOf } from '../scope.ts';
import { changeOf, own, type Spare, stateDirectoryOf } from './changes.ts';
import { type Ends, interruptedAt, isClosed, measure, newOnes, type Point, pointsOf } from './points.ts';

/** How long a process may need to come to its point, on a machine that has much else to do. */
const CHILD_MS = 5 * 60_000;

/** Carries a change out in this process, which does not survive its point. */
export async function dieAt({ name, step, when }: Point, spare: Spare): Promise<void> {
  await changeOf(name, spare).act(interruptedAt({ step, when }, () => process.kill(process.pid, 'SIGKILL')));
}

/** Words: `all` or `kinds`, what the machine can do without as JSON, and changes. Tells a line a point. */
export async function killAll([scope = '', spareText = '', ...names]: readonly string[], tell: (line: string) => void): Promise<void> {
  const spare = JSON.parse(spareText) as Spare;
  rmSync(stateDirectoryOf(spare), { recursive: true, force: true });
  const isNew = newOnes();
  for (const name of names) {
    const ends = await measure(name, spare);
    // Before a step nothing of it has happened, whichever change it is of; behind it each change has to be brought to an end in its own way.
    const points = pointsOf(name, ends, scopeOf(scope), (kind, when) => isNew(when === 'before' ? kind : `${name} ${kind}`));
    for (const point of points) tell(await killAt(point, spare, ends));
  }
}

async function killAt({ name, step, when }: Point, spare: Spare, { before, after }: Ends): Promise<string> {
  const { setUp, state } = changeOf(name, spare);
  await setUp();
  const victim = join(dirname(process.argv[1] ?? ''), '../victims/crash.cjs');
  const env = { ...process.env, HOSTDEV_CRASH: JSON.stringify([spare]) };
  const child = spawnSync(process.execPath, [victim, 'child', name, String(step), when], { timeout: CHILD_MS, env });
  const [recovery] = await recoverChanges(own, stateDirectoryOf(spare));
  const now = await state();
  const fits = recovery?.outcome === 'new' ? now === after : recovery?.outcome === 'old' && now === before;
  const good = child.signal === 'SIGKILL' && fits && (await isClosed(spare));
  return `${good ? 'ok' : 'not ok'} ${name} killed ${when} step ${step}: ${recovery?.outcome} (${child.signal ?? child.status})${good ? '' : ` ${JSON.stringify([before, after, now, child.stderr.toString()])}`}`;
}
