/** Kills hostdev, or resets the machine, at the points of changes inside an emulated host (`main.ts`), and says what was not whole afterwards. */
import { expect } from 'vitest';
import { installCommand, type LabHost } from '../machine/running.ts';
import type { Scope } from '../scope.ts';
import type { Spare } from './changes.ts';

/** How long one reset may take: a boot, and what stands between it and the reset. */
const RESET_MS = 180_000;
const KILLS_MS = 20 * 60_000;

export interface CrashPoints {
  readonly scope: Scope;
  /** What the machine can do without. A reset interrupts a change in each place; kills are all in the first. */
  readonly places: readonly Spare[];
  readonly changes: readonly string[];
}

/** Kills the process before and behind steps; gives a line a point, all of which have recovered. */
export async function killAtPoints(host: LabHost, { scope, places, changes }: CrashPoints): Promise<string[]> {
  return allRecovered(await host.tells('kill', [scope, JSON.stringify(places[0]), ...changes], KILLS_MS), `killed in ${changes.join(', ')}`);
}

/** Resets the machine before and behind steps. `before` is run after each boot. */
export async function resetAtPoints(host: LabHost, { scope, places, changes }: CrashPoints, before = 'true'): Promise<string[]> {
  await installCommand(host, 'build/lab', 'lab');
  const script = `${before}; export HOSTDEV_CRASH='${JSON.stringify(places)}'; node /share/lab/victims/crash.cjs reset ${scope} /share/resets ${changes.join(' ')}`;
  let resets = 0;
  for (; ; resets += 1) {
    const result = await host.runOrReset(script, RESET_MS);
    if (result === undefined) continue;
    // What the disk has of the journal is the only witness.
    if (result.status !== 0) process.stdout.write(await host.sh('ls -la --full-time /var/lib/hostdev-crash; od -A d -c /var/lib/hostdev-crash/journal'));
    expect(result).toMatchObject({ status: 0, stdout: 'end\n', stderr: expect.not.stringMatching(/Error/) });
    break;
  }
  return allRecovered((await host.sh('cat /share/resets')).trim().split('\n'), `reset ${resets} times in ${changes.join(', ')}`);
}

function allRecovered(lines: string[], what: string): string[] {
  expect(lines.filter((line) => !line.startsWith('ok ')).join('\n')).toBe('');
  process.stdout.write(`${what}: ${lines.length} points, all recovered\n${lines.join('\n')}\n`);
  return lines;
}
