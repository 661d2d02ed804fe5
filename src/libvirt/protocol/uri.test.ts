import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { socketPath } from '../client/dial-unix.ts';
import { libvirtSshArguments } from '../client/dial-ssh.ts';
import { parseLibvirtUri } from './uri.ts';

describe('connection URIs', () => {
  it.each([
    ['qemu:///system', { driver: 'qemu', transport: 'unix', serverName: 'qemu:///system', host: undefined }],
    ['qemu:///session', { transport: 'unix', path: '/session' }],
    ['test:///default', { driver: 'test', serverName: 'test:///default' }],
    ['qemu+unix:///system?socket=/run/x.sock', { parameters: { socket: '/run/x.sock' } }],
    ['qemu+ssh://root@kvm1/system', { transport: 'ssh', user: 'root', host: 'kvm1', serverName: 'qemu:///system' }],
    ['qemu+ssh://kvm1:2222/system?keyfile=/k%20ey', { port: 2222, parameters: { keyfile: '/k ey' } }],
    ['qemu+tls://[2001:db8::1]:16514/system', { transport: 'tls', host: '2001:db8::1', port: 16514 }],
    ['qemu://kvm1.example.com/system', { transport: 'tls', host: 'kvm1.example.com' }],
    ['qemu+ssh://kvm1/system?name=qemu:///session', { serverName: 'qemu:///session' }],
  ])('%s', (text, expected) => {
    expect(parseLibvirtUri(text)).toMatchObject(expected);
  });

  it.each([
    ['', /cannot be read/],
    ['system', /cannot be read/],
    ['xen:///system', /driver 'xen'/],
    ['qemu:///nowhere', /'\/nowhere' is none of/],
    ['qemu+carrier-pigeon://h/system', /cannot be read/],
    ['qemu+pigeon://h/system', /no way 'pigeon'/],
    ['qemu+ssh:///system', /ssh needs a host/],
    ['qemu+unix://kvm1/system', /has no host/],
    ['qemu+ssh://-oProxyCommand=evil/system', /is no host/],
    ['qemu+ssh://-l@kvm1/system', /is no host/],
    ['qemu+ssh://kvm1:99999/system', /port/],
    ['qemu:///system?socket=/a;rm', /socket/],
    ["qemu+ssh://kvm1/system?netcat=nc'%20;reboot", /netcat/],
    ['qemu+ssh://kvm1/system?name=x;reboot', /name/],
    ['qemu:///system?colour=red', /no parameter 'colour'/],
    ['qemu:///system?__proto__=1', /no parameter '__proto__'/],
  ])('%j is refused', (text, message) => {
    expect(() => parseLibvirtUri(text)).toThrow(expect.objectContaining({ code: 'libvirt-uri', message: expect.stringMatching(message) as string }) as Error);
  });
});

describe('the socket of a URI', () => {
  const at = (uri: string, ...there: string[]): string => socketPath(parseLibvirtUri(uri), (path) => there.includes(path), { XDG_RUNTIME_DIR: '/run/user/7' });
  it.each([
    ['qemu:///system', ['/run/libvirt/libvirt-sock'], '/run/libvirt/libvirt-sock'],
    ['qemu:///system', ['/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock'], '/run/libvirt/virtqemud-sock'],
    ['qemu:///system', ['/usr/sbin/virtqemud'], '/run/libvirt/virtqemud-sock'],
    ['qemu:///system', [], '/run/libvirt/libvirt-sock'],
    ['qemu:///system?mode=legacy', ['/run/libvirt/virtqemud-sock'], '/run/libvirt/libvirt-sock'],
    ['qemu:///system?mode=direct', [], '/run/libvirt/virtqemud-sock'],
    ['qemu:///session', ['/run/user/7/libvirt/virtqemud-sock'], '/run/user/7/libvirt/virtqemud-sock'],
    ['test:///default', ['/run/libvirt/virtqemud-sock'], '/run/libvirt/libvirt-sock'],
  ])('%s where there is %j', (uri, there, expected) => {
    expect(at(uri, ...there)).toBe(expected);
  });
});

/** The script that the login shell of the other side hands to sh, read by a shell. */
function scriptOf(words: readonly string[]): string {
  const [, word = ''] = /^exec sh -c (.*)$/s.exec(words.at(-1) ?? '') ?? [];
  return execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' });
}

describe('what ssh is called with', () => {
  it('keeps the user, the port and the key, and asks for the helper first', () => {
    const words = libvirtSshArguments(parseLibvirtUri('qemu+ssh://ali@kvm1:2222/system?keyfile=/home/ali/key&no_tty=1'));
    expect(words.slice(0, -1)).toEqual(['-T', '-e', 'none', '-p', '2222', '-l', 'ali', '-i', '/home/ali/key', '-o', 'BatchMode=yes', '--', 'kvm1']);
    expect(scriptOf(words)).toMatch(/^if command -v virt-ssh-helper .*exec virt-ssh-helper 'qemu:\/\/\/system'; else .*exec 'nc' -U "\$s"/);
  });

  it('asks netcat only, when told so', () => {
    const words = libvirtSshArguments(parseLibvirtUri('qemu+ssh://kvm1/system?proxy=netcat&netcat=/usr/bin/ncat&socket=/run/x'));
    expect(scriptOf(words)).toBe(
      "for s in '/run/x'; do if [ -S \"$s\" ]; then exec '/usr/bin/ncat' -U \"$s\"; fi; done; echo 'no socket of libvirt there' >&2; exit 1",
    );
  });

  it('does not take the system for a session where there is no helper', () => {
    const words = libvirtSshArguments(parseLibvirtUri('qemu+ssh://kvm1/session?proxy=netcat'));
    const { status, stderr } = spawnSync('sh', ['-c', scriptOf(words)], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, 'a session is only found by virt-ssh-helper, which is not there; or name its socket: ?socket=PATH\n']);
    expect(scriptOf(libvirtSshArguments(parseLibvirtUri('qemu+ssh://kvm1/session')))).toMatch(/exec virt-ssh-helper 'qemu:\/\/\/session'; else echo /);
  });
});
