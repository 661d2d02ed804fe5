import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { holdLock } from '../../../test/another-hostdev.ts';
import { isLocked, whoami, withLock } from './lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostdev-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

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

  it('is not let go of by the garbage collector while its work waits for what never comes', async () => {
    let begun: () => void = () => undefined;
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    void withLock(directory, () => {
      begun();
      return new Promise(() => undefined);
    });
    await isBegun;
    await setTimeout(20);
    collectGarbage();
    await setTimeout(20);
    expect(await isLocked(directory)).toBe(true);
    await expect(withLock(directory, async () => 1)).rejects.toMatchObject({ code: 'busy' });
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

  it('says what is wrong, where, and what to do', async () => {
    const file = join(directory, 'lock');
    await withLock(directory, async ({ requireHeld }) => {
      await expect(withLock(directory, async () => 1)).rejects.toMatchObject({
        ...{ code: 'busy', subject: file, message: `another hostdev is changing this host: ${whoami()}` },
        hint: 'wait until it is done, and run the command again; --wait does that',
      });
      await rm(file);
      await expect(requireHeld()).rejects.toMatchObject({
        ...{ code: 'lock-lost', subject: file },
        message: `the lock ${file} is not held any more, so another hostdev may be changing this host; nothing more was changed`,
        hint: "somebody has removed or replaced the file; 'hostdev recover' looks what became of what was begun",
      });
    });
    await mkdir(join(directory, 'taken', 'lock'), { recursive: true });
    await expect(withLock(join(directory, 'taken'), async () => 1)).rejects.toMatchObject({
      ...{ code: 'lock-impossible', subject: join(directory, 'taken', 'lock') },
      message: expect.stringMatching(/^the lock .*\/taken\/lock cannot be taken: EISDIR/) as string,
      hint: 'check that flock (util-linux) is installed and the directory can be written',
    });
  });

  it.each([
    ['a process that has ended', 'anna (pid 2147483646)\n'],
    ['nobody', ''],
    ['something else', 'anna\n'],
    ['a number elsewhere', 'anna (pid 1) and more\n'],
  ])('that is held, by the word of its file by %s, is so by who does not say who', async (_, holder) => {
    const file = join(directory, 'lock');
    const letGo = await holdLock(file);
    await writeFile(`${file}.holder`, holder);
    await expect(withLock(directory, async () => 1)).rejects.toMatchObject({
      code: 'busy',
      message: 'another hostdev is changing this host: it does not say who',
    });
    letGo();
  });

  it('names its holder while it is held, and nobody afterwards', async () => {
    const holder = (): Promise<string> => readFile(join(directory, 'lock.holder'), 'utf8');
    expect(await withLock(directory, holder)).toBe(`${whoami()}\n`);
    expect(await holder()).toBe('');
  });

  it.each([
    [{ SUDO_USER: 'anna', USER: 'root', LOGNAME: 'root' }, 'anna'],
    [{ USER: 'root', LOGNAME: 'x' }, 'root'],
    [{ LOGNAME: 'a.b-c_9' }, 'a.b-c_9'],
    [{}, `uid ${process.getuid?.() ?? 0}`],
    [{ USER: 'two words' }, `uid ${process.getuid?.() ?? 0}`],
    [{ USER: '' }, `uid ${process.getuid?.() ?? 0}`],
    [{ USER: 'x'.repeat(65) }, `uid ${process.getuid?.() ?? 0}`],
  ])('is held under %j by %s', (variables, name) => {
    vi.stubEnv('SUDO_USER', undefined).stubEnv('USER', undefined).stubEnv('LOGNAME', undefined);
    for (const [key, value] of Object.entries(variables)) vi.stubEnv(key, value);
    expect(whoami()).toBe(`${name} (pid ${process.pid})`);
    vi.unstubAllEnvs();
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
