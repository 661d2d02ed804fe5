import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { onReaderGone } from './pipe-reader.ts';

let directory: string;
let reader: ChildProcess;
let pipe: number;
let stop: () => void;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-pipe-'));
  execFileSync('mkfifo', [join(directory, 'pipe')]);
  reader = spawn('cat', [join(directory, 'pipe')], { stdio: 'ignore' });
  pipe = openSync(join(directory, 'pipe'), 'w');
});
afterEach(() => {
  stop();
  reader.kill();
  closeSync(pipe);
  rmSync(directory, { recursive: true });
});

it('a reader of a pipe that goes away is noticed soon, although nothing is written', async () => {
  let isGone = false;
  stop = onReaderGone(pipe, () => (isGone = true));
  await new Promise((done) => setTimeout(done, 500));
  expect(isGone).toBe(false);
  reader.kill();
  await expect.poll(() => isGone, { timeout: 3000 }).toBe(true);
});

it('whoever no longer asks is told nothing', async () => {
  let isGone = false;
  stop = onReaderGone(pipe, () => (isGone = true));
  stop();
  reader.kill();
  await new Promise((done) => setTimeout(done, 500));
  expect(isGone).toBe(false);
});

it('of a file nothing is asked', () => {
  const file = openSync(join(directory, 'file'), 'w');
  stop = onReaderGone(file, () => undefined);
  closeSync(file);
  expect(execFileSync('ps', ['--ppid', String(process.pid), '-o', 'comm=']).toString()).not.toContain('tail');
});
