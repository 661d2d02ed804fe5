/** Tests make directories of their own; all of them go with the run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Sockets lie there too: their paths are short, and a URI that names one takes no blanks. */
const FIT_FOR_SOCKETS = /^[\w./+@:=-]{1,40}$/;

/** Names the directory while a run has one: each project of Vitest asks for it, and one within another would be closed to other users. */
const TAKEN = 'HOSTDEV_TEST_FILES';

export default function setup(): () => void {
  if (process.env[TAKEN] !== undefined) return () => undefined;
  const before = process.env['TMPDIR'];
  const directory = mkdtempSync(join(FIT_FOR_SOCKETS.test(tmpdir()) ? tmpdir() : '/tmp', 'hostdev-'));
  process.env['TMPDIR'] = directory;
  process.env[TAKEN] = directory;
  return () => {
    delete process.env[TAKEN];
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(directory, { recursive: true, force: true });
  };
}
