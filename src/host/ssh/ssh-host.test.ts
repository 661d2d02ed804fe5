import { describe, expect, it } from 'vitest';
import { isSshHost, parseSshHost, sshCommand } from './ssh-host.ts';

describe('ssh://HOST', () => {
  it.each([
    ['ssh://kvm7', [], 'kvm7'],
    ['ssh://kvm7/', [], 'kvm7'],
    ['ssh://root@kvm7.example', ['-l', 'root'], 'kvm7.example'],
    ['ssh://my_alias:2222', ['-p', '2222'], 'my_alias'],
    ['ssh://a.b@192.0.2.7:22', ['-p', '22', '-l', 'a.b'], '192.0.2.7'],
    ['ssh://[2001:db8::7]:22', ['-p', '22'], '2001:db8::7'],
    ['ssh://[fe80::7%eth0]', [], 'fe80::7%eth0'],
  ])('%s is what ssh is asked for', (text, options, host) => {
    expect(parseSshHost(text)).toEqual({ program: 'ssh', options, host, text });
  });

  it.each([
    'ssh://',
    'SSH://kvm7',
    'ssh:kvm7',
    'ssh:/kvm7',
    'ssh://-oProxyCommand=reboot',
    'ssh://-v@kvm7',
    'ssh://@kvm7',
    'ssh://a b',
    'ssh://kvm7\n',
    'ssh://kvm7\u0000',
    'ssh://kvm7;reboot',
    'ssh://$(reboot)',
    "ssh://kvm7'",
    'ssh://kvm7:0',
    'ssh://kvm7:65536',
    'ssh://kvm7:-1',
    'ssh://kvm7:',
    'ssh://kvm7/system',
    'ssh://2001:db8::7',
    'ssh://[kvm7]',
    'ssh://a@b@kvm7',
    'ssh://kvm7\u202e',
  ])('%j is refused', (text) => {
    expect(() => parseSshHost(text)).toThrow(
      expect.objectContaining({ code: 'host-malformed', hint: expect.stringContaining('--host ssh://root@kvm7') as string }),
    );
  });

  it.each([
    ['ssh:kvm7', true],
    ['SSH://kvm7', true],
    ['./ssh:kvm7', false],
    ['sshkvm7.json', false],
  ])('%s is meant for a machine: %j', (word, isMeant) => {
    expect(isSshHost(word)).toBe(isMeant);
  });

  it('is told as a command that can be pasted', () => {
    expect(sshCommand(parseSshHost('ssh://root@kvm7:2222'))).toBe('ssh -p 2222 -l root -- kvm7');
  });
});
