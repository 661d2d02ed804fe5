import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GRACE_MS, runProgram } from './run-program.ts';

const LONG_MS = 60_000;
const sh = (script: string, timeoutMs = LONG_MS, more: { outputLimit?: number } = {}): Promise<string> =>
  runProgram('/bin/sh', ['-c', script], { timeoutMs, ...more });

describe('a program', () => {
  it('gives what it prints, in the words of C', async () => {
    expect(await sh('echo "$LC_ALL"; echo aside >&2')).toBe('C\n');
  });

  it('that fails says what it said, and how it ended', async () => {
    await expect(sh('echo no such thing >&2; exit 3')).rejects.toMatchObject({ status: 3, stderr: 'no such thing\n', message: '/bin/sh no such thing' });
    await expect(sh('exit 4')).rejects.toMatchObject({ status: 4, message: '/bin/sh ended with status 4' });
  });

  it('that is not there is not run', async () => {
    await expect(runProgram('/nowhere/at-all', [], { timeoutMs: LONG_MS })).rejects.toMatchObject({ code: 'ENOENT', status: undefined });
  });

  it('that takes too long is asked to end, and may clean up', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'hostdev-run-')), 'cleaned');
    await expect(sh(`trap 'echo yes >${file}; exit' TERM; while :; do sleep 0.05; done`, 300)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(readFileSync(file, 'utf8')).toBe('yes\n');
  });

  it('that does not listen is killed, and so is all that it has started', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'hostdev-run-')), 'pids');
    const began = Date.now();
    await expect(sh(`trap '' TERM; sleep 600 & echo $$ $! >${file}; while :; do sleep 600; done`, 300)).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: '/bin/sh has not ended after 0.3 s and was ended',
    });
    expect(Date.now() - began).toBeLessThan(GRACE_MS + 15_000);
    for (const pid of readFileSync(file, 'utf8').trim().split(' ')) await expect.poll(() => isGone(pid)).toBe(true);
  });

  it('that prints without end is ended', async () => {
    await expect(sh('yes', LONG_MS, { outputLimit: 10_000 })).rejects.toMatchObject({ code: 'ENOBUFS' });
  });
});

/** Not there, or only waiting for somebody to ask how it ended. */
function isGone(pid: string): boolean {
  return !existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}
