import { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { executable } from '../../../test/fake-ssh.ts';
import { type AskOptions, askHost } from './ask-host.ts';
import { LOOK_SCRIPT } from './look-script.ts';

const directory = (): string => mkdtempSync(join(tmpdir(), 'hostdev-ask-'));
const asking = (script: string, more: AskOptions = {}): Promise<string> =>
  askHost({ program: executable(join(directory(), 'ssh'), script), options: ['-l', 'root'], host: 'kvm7', text: 'ssh://root@kvm7' }, more);

describe('a machine that is asked over ssh', () => {
  it('gets words of ours alone, and the script on standard input, whole', async () => {
    const at = directory();
    await asking(`for word; do printf '%s\\n' "$word"; done > '${at}/words'; cat > '${at}/script'`);
    expect(readFileSync(join(at, 'words'), 'utf8').split('\n')).toEqual([
      '-T',
      '-e',
      'none',
      '-o',
      'ConnectTimeout=20',
      '-l',
      'root',
      '--',
      'kvm7',
      'exec sh -s',
      '',
    ]);
    expect(readFileSync(join(at, 'script'), 'utf8')).toBe(LOOK_SCRIPT);
  });

  it.each<[string, string, RegExp, RegExp]>([
    [
      'has no name that anybody knows',
      'ssh: Could not resolve hostname kvm7: Name or service not known',
      /nobody knows a host of that name/,
      /~\/\.ssh\/config/,
    ],
    ['does not know the key', 'root@kvm7: Permission denied (publickey).', /does not let us in \(root@kvm7: Permission denied/, /ssh-add -l/],
    ['has a host key that is not known', 'No ED25519 host key is known for kvm7.\nHost key verification failed.', /host key is not known here/, /log in once/],
    [
      'has another host key than before',
      '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
      /not the one that is known/,
      /find out why/,
    ],
    ['does not answer', 'ssh: connect to host kvm7 port 22: Connection timed out', /does not answer in time/, /firewall/],
    ['has no sshd', 'ssh: connect to host kvm7 port 22: Connection refused', /nobody listens there/, /sshd/],
    ['cannot be reached', 'ssh: connect to host kvm7 port 22: No route to host', /there is no way to it/, /network/],
    ['says something else', 'kex_exchange_identification: read: Connection reset by peer', /kex_exchange_identification/, /^hostdev uses ssh as you do/],
    ['says nothing', '', /ssh ended with 255/, /ssh -l root -- kvm7'$/],
  ])('that %s is told in its own words, and what to do', async (_, said, message, hint) => {
    const error = await asking(`cat > /dev/null; cat >&2 <<'END'\n${said}\nEND\nexit 255`).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'host-unreachable',
      subject: 'ssh://root@kvm7',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    });
    expect((error as { hint: string }).hint).toMatch(/try '.*\/ssh -l root -- kvm7'$/);
  });

  it('is not asked where there is no ssh', async () => {
    await expect(askHost({ program: '/nowhere/ssh', options: [], host: 'kvm7', text: 'ssh://kvm7' })).rejects.toMatchObject({
      code: 'host-unreachable',
      message: 'ssh://kvm7: there is no program /nowhere/ssh on this machine',
    });
  });

  it('is given up after a while, and ssh ends with it', async () => {
    const pid = join(directory(), 'pid');
    await expect(asking(`echo $$ > '${pid}'; exec sleep 60`, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'host-unreachable',
      message: expect.stringMatching(/no answer after 0\.3 s$/) as string,
    });
    expect(existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}`)).toBe(false);
  });

  it('is given up on Ctrl-C', async () => {
    const stop = new AbortController();
    const asked = asking('exec sleep 60', { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(asked).rejects.toMatchObject({ code: 'interrupted' });
    await expect(asking('exec sleep 60', { signal: stop.signal })).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('is ended once, however much more it answers', async () => {
    const kill = vi.spyOn(ChildProcess.prototype, 'kill');
    try {
      await expect(asking("trap '' TERM; head -c 4000000 /dev/zero", { outputLimit: 1_000_000 })).rejects.toMatchObject({
        code: 'host-unreachable',
        message: expect.stringMatching(/answers with more than \d+ bytes$/) as string,
      });
      expect(kill.mock.calls.filter(([signal]) => signal === 'SIGTERM')).toHaveLength(1);
    } finally {
      kill.mockRestore();
    }
  });

  it('may end before it has read the script', async () => {
    await expect(asking('exit 0')).resolves.toBe('');
  });
});
