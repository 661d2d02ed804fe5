import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdLock } from '../../../test/another-hostdev.ts';
import { withLock } from './lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostdev-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('the lock', () => {
  it('has one holder, and the others are told who', async () => {
    await withLock(directory, async () => {
      await expect(withLock(directory, async () => 1)).rejects.toMatchObject({
        code: 'busy',
        message: expect.stringContaining(`pid ${process.pid}`) as unknown,
      });
    });
    expect(await withLock(directory, async () => 2)).toBe(2);
  });

  it.each([
    ['its directory cannot be made', (file: string) => writeFile(file, ''), 'state/below'],
    ['its place is taken by something else', (file: string) => mkdir(join(file, 'lock'), { recursive: true }), 'state'],
  ])('that nobody can take (%s) is not called busy: waiting would not help', async (_, lay, where) => {
    await lay(join(directory, 'state'));
    await expect(withLock(join(directory, where), async () => 1)).rejects.toMatchObject({ code: 'lock-impossible' });
  });

  it('is given back when the work fails', async () => {
    await expect(withLock(directory, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(directory, async () => 3)).toBe(3);
  });

  it('has exactly one winner in each of 100 races of two to eight', async () => {
    for (let race = 0; race < 100; race += 1) {
      let inside = 0;
      let most = 0;
      const runners = Array.from({ length: 2 + (race % 7) }, () =>
        withLock(directory, async () => {
          inside += 1;
          most = Math.max(most, inside);
          // Held until all others have been refused.
          await setTimeout(25);
          inside -= 1;
        }).then(
          () => 'won',
          (error: { code: string }) => error.code,
        ),
      );
      const outcomes = await Promise.all(runners);
      expect(most).toBe(1);
      expect(outcomes.filter((outcome) => outcome === 'won').length).toBeGreaterThanOrEqual(1);
      expect(outcomes.filter((outcome) => outcome !== 'won' && outcome !== 'busy')).toEqual([]);
    }
    // Thousands of processes: a machine that has much else to do is slow with them.
  }, 120_000);

  it('is held although every program that this process has started was killed', async () => {
    await withLock(directory, async () => {
      killChildren();
      // What they had is given up by then.
      await setTimeout(200);
      await expect(withLock(directory, async () => 'a second writer')).rejects.toMatchObject({ code: 'busy' });
    });
    expect(await withLock(directory, async () => 4)).toBe(4);
  });

  it.each([
    ['removed', (file: string) => rm(file)],
    ['replaced', (file: string) => writeFile(`${file}.new`, '').then(() => rename(`${file}.new`, file))],
  ])('is known to be lost when its file was %s', async (_, act) => {
    await withLock(directory, async ({ requireHeld }) => {
      await requireHeld();
      await act(join(directory, 'lock'));
      await expect(requireHeld()).rejects.toMatchObject({ code: 'lock-lost' });
    });
  });

  it('is not wiped of the name of who has it by now', async () => {
    const file = join(directory, 'lock');
    await withLock(directory, async () => {
      await rm(file);
      await holdLock(file);
    });
    expect(await readFile(`${file}.holder`, 'utf8')).toBe(`root (pid ${process.pid})\n`);
  });

  it('is held no longer than the work under it', async () => {
    const lock = await withLock(directory, async (held) => held);
    await expect(lock.requireHeld()).rejects.toMatchObject({ code: 'lock-lost' });
  });

  it('keeps out a hostdev that holds it by a program of its own, as 0.1.0 did', async () => {
    const letGo = await holdLock(join(directory, 'lock'));
    await expect(withLock(directory, async () => 5)).rejects.toMatchObject({ code: 'busy' });
    letGo();
  });
});

/** With all that they have started: each is a process group of its own. */
function killChildren(): void {
  const listed = execFileSync('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  for (const [, pid, name] of listed.matchAll(/^\s*(\d+) (\S+)$/gm)) if (name === 'flock') process.kill(-Number(pid), 'SIGKILL');
}
