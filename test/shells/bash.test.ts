/** The completion script in a real bash: what is typed with tabs is what the program is started with. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BASH } from '../../src/cli/complete/shells/bash.ts';
import { describeUnless } from '../skip.ts';
import { typeInto } from './typing.ts';

const missing = ['/usr/bin/bash', '/usr/bin/script'].filter((program) => !existsSync(program));

/** Answers as `hostdev complete` would, and writes down what else it is started with. */
const STAND_IN = `#!/bin/sh
if [ "$1" = complete ]; then
  for last; do :; done
  [ "$last" = files/ ] || [ "$last" = cut/x: ] || [ "$last" = cut/x:y= ] || [ "$last" = --root=fi ] || [ "$last" = a ] && printf ':files\\n'
  for each in prepare 0000:02:00.0 0000:03:00.1 fid=0x00000017 --managed=yes 'two words'; do
    case $each in "$last"*) printf '%s\\tof a kind\\n' "$each" ;; esac
  done
else
  printf '<%s>' "$@" >> started; echo >> started
fi
`;

describeUnless(missing.length === 0 ? '' : `${missing.join(' and ')} missing`, 'completion in bash', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hostdev-bash-'));
    await writeFile(join(directory, 'hostdev'), STAND_IN, { mode: 0o755 });
    await writeFile(join(directory, 'completion'), BASH);
    await mkdir(join(directory, 'files'));
    await writeFile(join(directory, 'files/guest one.xml'), '');
    await mkdir(join(directory, 'cut'));
    await writeFile(join(directory, 'cut/x:y=z.xml'), '');
    await writeFile(join(directory, 'abc'), '');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('finishes what is typed, also behind colons and equals signs, in the middle of a line, and names of files', async () => {
    const typed: [string, string][] = [
      ['hostdev pre\t', '<prepare>'],
      ['hostdev prepare 0000:02\t', '<prepare><0000:02:00.0>'],
      ['hostdev prepare 0000:02:00.0 0000:03:\t', '<prepare><0000:02:00.0><0000:03:00.1>'],
      ['hostdev prepare fid=\t', '<prepare><fid=0x00000017>'],
      ['hostdev xml --managed=\t', '<xml><--managed=yes>'],
      ['hostdev attach tw\t', '<attach><two words>'],
      ['hostdev validate files/\t', '<validate><files/guest one.xml>'],
      ['hostdev list --root=fi\t', '<list><--root=files/>'],
      ['hostdev validate a\t', '<validate><abc>'],
      ['hostdev validate cut/x:\t', '<validate><cut/x:y=z.xml>'],
      ['hostdev validate cut/x:y=\t', '<validate><cut/x:y=z.xml>'],
      ['hostdev pre\u0001\u0006\u0006\u0006\u0006\u0006\u0006\u0006\u0006\u0006\u0006\u0006\t\u0005', '<prepare>'],
    ];
    const setUp = `cd ${directory}; PATH=${directory}:$PATH; . ./completion`;
    const terminal = await typeInto(
      { shell: ['bash', '--norc', '--noprofile', '-i'], env: { PATH: process.env['PATH'] ?? '', HOME: directory, PS1: 'READY> ' }, prompt: 'READY> ' },
      [setUp, ...typed.map(([line]) => line)],
    );
    expect((await readFile(join(directory, 'started'), 'utf8').catch(() => terminal)).trimEnd().split('\n')).toEqual(typed.map(([, started]) => started));
  });
});
