import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLibvirtUri } from '../protocol/uri.ts';
import { dialSsh } from './dial-ssh.ts';
import { connectLibvirt } from './libvirt.ts';

/** A program in the place of ssh; what it writes to the file `facts` is given back. */
async function connectThrough(script: string): Promise<{ readonly message: string; readonly facts: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-ssh-'));
  const [program, facts] = [join(directory, 'ssh'), join(directory, 'facts')];
  writeFileSync(facts, '');
  writeFileSync(program, `#!/bin/sh\nfacts=${facts}\n${script}\n`);
  chmodSync(program, 0o755);
  const error = await connectLibvirt(`qemu+ssh://there/system?command=${program}`).catch((caught: Error) => caught);
  return { message: (error as Error).message, facts: readFileSync(facts, 'utf8') };
}

/** The number of the session that a process belongs to, and of the terminal that goes with it. */
const sessionOf = (stat: string): string =>
  stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(3, 5)
    .join(' ');

describe('ssh', () => {
  it('stays in our session, so that it can ask on the terminal', async () => {
    const { facts } = await connectThrough('cat /proc/$$/stat > $facts; exit 1');
    expect(sessionOf(facts)).toBe(sessionOf(readFileSync('/proc/self/stat', 'utf8')));
  });

  it('does not hear Ctrl-C, because the connection is needed for undoing then', async () => {
    const { facts } = await connectThrough('kill -INT $$; echo alive > $facts; exit 1');
    expect(facts).toBe('alive\n');
  });

  it('gets our words as words, whatever is in them', async () => {
    const { facts } = await connectThrough('for word; do printf "%s\\n" "$word"; done > $facts; exit 1');
    expect(facts.split('\n').slice(0, 5)).toEqual(['-T', '-e', 'none', '--', 'there']);
  });

  it('that fails is quoted; one that is not there is named', async () => {
    expect((await connectThrough('echo "Host key verification failed." >&2; exit 255')).message).toMatch(/there\/system.*: Host key verification failed\./);
    await expect(connectLibvirt('qemu+ssh://there/system?command=/nowhere/ssh')).rejects.toMatchObject({
      code: 'libvirt-unreachable',
      message: expect.stringMatching(/there is no program \/nowhere\/ssh on this machine/),
    });
  });
});

it('a program that does not listen is killed when the connection ends', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'hostdev-ssh-'));
  const program = join(directory, 'deaf');
  const file = join(directory, 'pid');
  writeFileSync(program, `#!/bin/sh\ntrap '' TERM HUP\necho $$ >${file}.new; mv ${file}.new ${file}\nwhile :; do sleep 0.2; done\n`, { mode: 0o755 });
  const stream = dialSsh(parseLibvirtUri(`qemu+ssh://host/system?command=${program}`));
  stream.on('error', () => undefined);
  await expect.poll(() => existsSync(file)).toBe(true);
  const pid = readFileSync(file, 'utf8').trim();
  stream.destroy();
  await expect.poll(() => !existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))).toBe(true);
});
