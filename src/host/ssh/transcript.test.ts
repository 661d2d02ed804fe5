import { describe, expect, it } from 'vitest';
import { parseTranscript } from './transcript.ts';

const read = (...lines: string[]): ReturnType<typeof parseTranscript> => parseTranscript(`${lines.join('\n')}\n`, 'ssh://kvm7', '2026-11-26T00:00:00Z');
const SNAPSHOT = JSON.stringify({
  ...{
    format: 'hostdev-snapshot',
    version: 2,
    made: '2026-11-25T00:00:00Z',
    redacted: false,
    files: {},
    links: {},
    directories: {},
    addresses: {},
    claims: {},
  },
  ...{ sessionAddress: null, reader: { uid: 0, byteOrder: 'big' }, refused: {} },
});

describe('what another machine answers', () => {
  it('may come from a hostdev there', () => {
    expect(read('hostdev-look snapshot', SNAPSHOT, '', 'hostdev-look end')).toMatchObject({ made: '2026-11-25T00:00:00Z', reader: { byteOrder: 'big' } });
  });

  it('is the tree where that hostdev fails half-way', () => {
    expect(read('hostdev-look snapshot', '{"format":', 'hostdev-look tree', 'U 1000', 'O 256', 'D /sys/bus/pci/devices', 'hostdev-look end')).toMatchObject({
      made: '2026-11-26T00:00:00Z',
      reader: { uid: 1000, byteOrder: 'big' },
      directories: { '/sys/bus/pci/devices': [] },
    });
  });

  it('may begin with a greeting, and says where the session came in', () => {
    const found = read(
      'Welcome to kvm7',
      'hostdev-look tree',
      'U 0',
      'O 1',
      'S 192.0.2.1 50000 192.0.2.7 22',
      'A',
      'T2: eth0: <UP>',
      'T    inet 192.0.2.7/24 scope global',
      'hostdev-look end',
    );
    expect(found).toMatchObject({ sessionAddress: '192.0.2.7', addresses: { eth0: ['192.0.2.7'] }, reader: { byteOrder: 'little' } });
  });

  const row = (name: string): string => `lrwx------ 1 0 0 64 Nov 26 09:00 ${name}`;

  it('keeps what is refused, also a link that cannot be followed and addresses that nobody tells', () => {
    const found = read(
      'hostdev-look tree',
      'D /proc/1/fd',
      'X EACCES /etc/a b',
      'P',
      '/proc/1/fd:',
      'total 0',
      row('0 -> /dev/vfio/6'),
      row('1'),
      'A',
      'X 1 ip addr show',
      'hostdev-look end',
    );
    expect(found.refused).toEqual({ '/etc/a b': 'EACCES', '/proc/1/fd/1': 'EACCES', 'ip addr show': 'it does not run there' });
    expect(found.links).toEqual({ '/proc/1/fd/0': '/dev/vfio/6' });
    expect(found.directories).toEqual({ '/proc/1/fd': ['0', '1'] });
  });

  it.each<[string, string[]]>([
    ['has owners with blanks', ['/proc/1/fd:', 'lrwx------ 1 domain users domain users 64 Nov 26 09:00 0 -> /dev/vfio/6']],
    ['could not be looked at', ['/proc/1/fd:', 'l????????? ? ? ? ? ? 0']],
    ['is no number', ['/proc/1/fd:', row('x -> /dev/vfio/6')]],
    ['comes twice', ['/proc/1/fd:', row('0 -> /dev/vfio/6'), row('0 -> /dev/null')]],
    ['is in a directory that comes twice', ['/proc/1/fd:', row('0 -> /dev/vfio/6'), '/proc/1/fd:', row('1 -> /dev/null')]],
    ['is in a directory that does not come', []],
  ])('a file that a process has open and that %s is not dropped but refused', (_, lines) => {
    const found = read('hostdev-look tree', 'D /proc/1/fd', 'P', ...lines, 'hostdev-look end');
    expect(Object.keys(found.refused ?? {})).toEqual(['/proc/1/fd']);
    expect(found.links).toEqual({});
  });

  it('a process that is gone meanwhile has nothing open', () => {
    expect(read('hostdev-look tree', 'D /proc/1/fd', 'P', 'V /proc/1/fd', 'hostdev-look end')).toMatchObject({ refused: {}, directories: {} });
  });

  it('ls that could not run says nothing of any process', () => {
    const found = read('hostdev-look tree', 'D /proc', 'D /proc/1/fd', 'P', 'E 127', 'V /proc/1/fd', 'hostdev-look end');
    expect(found).toMatchObject({ refused: { '/proc': 'EIO' }, directories: {} });
  });

  it('has only links that were asked for, where they were asked for', () => {
    const found = read(
      'hostdev-look tree',
      'R /root',
      'D /proc/1/fd',
      row('/root/sys/a -> ../b'),
      row('/root/sys/other -> ../vfio-pci'),
      row('7 -> /dev/vfio/6'),
      row('/root/sys/twice -> ../b'),
      row('/root/sys/twice -> ../c'),
      'W /root/sys/a',
      'W /root/sys/lost',
      'W /root/sys/twice',
      'P',
      '/root/proc/1/fd:',
      row('/root/sys/a -> ../vfio-pci'),
      'W /root/sys/other',
      'hostdev-look end',
    );
    expect(found.links).toEqual({ '/sys/a': '../b' });
    expect(Object.keys(found.refused ?? {}).toSorted()).toEqual(['/proc/1/fd', '/sys/lost', '/sys/twice']);
  });

  it('does not count what was listed before it had to be listed again', () => {
    const found = read('hostdev-look tree', row('/sys/a -> ../old'), 'I', row('/sys/a -> ../new'), 'W /sys/a', 'hostdev-look end');
    expect(found).toMatchObject({ links: { '/sys/a': '../new' }, refused: {} });
  });

  it('does not keep of a file what came before it broke', () => {
    expect(read('hostdev-look tree', 'F /etc/a', 'Thalf', 'X EIO /etc/a', 'hostdev-look end')).toMatchObject({ files: {}, refused: { '/etc/a': 'EIO' } });
  });

  it.each<[string, string[], string, RegExp]>([
    ['there is no sysfs', ['hostdev-look no-sysfs'], 'no-pci', /^ssh:\/\/kvm7: there is no PCI bus/],
    ['the answer is cut', ['hostdev-look tree', 'D /sys'], 'host-unreachable', /not whole/],
    ['its links cannot be listed', ['hostdev-look tree', 'I', 'X 1 ls', 'hostdev-look end'], 'host-unreachable', /^ssh:\/\/kvm7: its links cannot be listed/],
    ['something else answers', ['This account is currently not available.'], 'host-unreachable', /none of ours/],
    ['nothing answers', [], 'host-unreachable', /none of ours/],
    ['its hostdev prints no snapshot', ['hostdev-look snapshot', 'x', 'hostdev-look end'], 'snapshot-malformed', /^ssh:\/\/kvm7: not JSON/],
  ])('is refused when %s', (_, lines, code, message) => {
    expect(() => read(...lines)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string, hint: expect.any(String) as string }),
    );
  });

  it('is data, whatever is in it', () => {
    const found = read('hostdev-look tree', 'F /__proto__', 'Tx', 'N lost', 'H 00', 'zzz', 'D __proto__', 'N toString', 'hostdev-look end');
    expect(found.files['/__proto__']).toEqual({ text: 'x\n' });
    expect(Object.keys(found.directories)).toEqual(['__proto__']);
  });
});
