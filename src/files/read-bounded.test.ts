import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readBounded, readStreamBounded } from './read-bounded.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-bounded-'));
});

describe('a file', () => {
  it.each([
    [0, 10, true],
    [9, 10, true],
    [10, 10, true],
    [11, 10, false],
    [200_000, 200_000, true],
    [200_001, 200_000, false],
  ])('of %i bytes with a limit of %i is read: %s', async (size, limit, isRead) => {
    const bytes = Buffer.alloc(size, 'x');
    writeFileSync(join(directory, 'file'), bytes);
    expect(await readBounded(join(directory, 'file'), limit)).toEqual(isRead ? bytes : undefined);
  });

  it('of /proc, which says that it has no bytes, is read all the same', async () => {
    expect((await readBounded('/proc/self/status', 100_000))?.toString()).toContain('Pid:');
  });

  it('without end is given up at the limit, and no more of it comes into memory', async () => {
    const before = process.memoryUsage().rss;
    expect(await readBounded('/dev/zero', 8 * 1024 * 1024)).toBeUndefined();
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it('that is a pipe is read until its writer closes it', async () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    spawn('sh', ['-c', 'echo one >"$1"', 'sh', fifo], { stdio: 'ignore' });
    expect((await readBounded(fifo, 100))?.toString()).toBe('one\n');
  });

  it('that is a pipe is waited for while its writer says nothing, and given up where there is none', async () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    await expect(readBounded(fifo, 100, 50)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const slow = 'exec 3>"$1"; sleep 0.3; echo one >&3; sleep 0.3; echo two >&3';
    spawn('sh', ['-c', slow, 'sh', fifo], { stdio: 'ignore' });
    expect((await readBounded(fifo, 100))?.toString()).toBe('one\ntwo\n');
  });

  it.each([
    ['that is not there', () => join(directory, 'none'), 'ENOENT'],
    ['that is a directory', () => directory, 'EISDIR'],
  ])('%s is an error', async (_, path, code) => {
    await expect(readBounded(path(), 10)).rejects.toMatchObject({ code });
  });
});

describe('a stream', () => {
  it('is read no further than its limit', async () => {
    let given = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1;
        yield new Uint8Array(100);
      }
    };
    expect(await readStreamBounded(endless(), 1000)).toBeUndefined();
    expect(given).toBe(11);
  });

  it('of as many bytes as are allowed is read whole', async () => {
    const two = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('ab');
      yield Buffer.from('cd');
    };
    expect((await readStreamBounded(two(), 4))?.toString()).toBe('abcd');
  });
});
