/** A program in the place of ssh: what it is asked for runs on this machine, below the tree that stands for the other one. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REMOTE_COMMAND } from '../src/host/ssh/ask-host.ts';

export interface FakeSsh {
  /** Its directory, for PATH. */
  readonly directory: string;
  readonly program: string;
  /** The words that it got in each call. */
  readonly calls: () => string[][];
}

/** `there` is what the other machine has in its PATH: programs by name, as scripts. */
export function fakeSsh(root: string, there: Readonly<Record<string, string>> = {}): FakeSsh {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-fake-ssh-'));
  const [program, log, bin] = [join(directory, 'ssh'), join(directory, 'log'), join(directory, 'there')];
  mkdirSync(bin);
  // Nobody there has addresses, unless a test says so.
  for (const [name, script] of Object.entries({ ip: 'exit 0', ...there })) executable(join(bin, name), script);
  writeFileSync(log, '');
  executable(
    program,
    `{ for word; do printf '%s\\n' "$word"; done; echo; } >> '${log}'
while [ "$1" != -- ]; do shift; done
[ "$3" = '${REMOTE_COMMAND}' ] || { echo "unexpected: $3" >&2; exit 255; }
PATH='${bin}':/usr/bin:/bin; export PATH; unset SSH_CONNECTION
exec sh -s -- '${root}'`,
  );
  const calls = (): string[][] =>
    readFileSync(log, 'utf8')
      .split('\n\n')
      .filter((each) => each !== '')
      .map((each) => each.split('\n'));
  return { directory, program, calls };
}

/** A program that does nothing but what the script says. */
export function executable(path: string, script: string): string {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}
