import { describe, expect, it } from 'vitest';
import { effectiveFiles, parseModprobe } from './modprobe-config.ts';

describe("modprobe's configuration", () => {
  it('has of several files with one name the one in the first directory, and is read by name', () => {
    const names = new Map([
      ['/lib/modprobe.d', ['b.conf', 'd.conf']],
      ['/etc/modprobe.d', ['c.conf', 'README']],
      ['/usr/lib/modprobe.d', ['b.conf', 'c.conf', 'd.conf']],
      ['/run/modprobe.d', ['c.conf', 'a.conf']],
      ['/usr/local/lib/modprobe.d', ['b.conf']],
    ]);
    expect(effectiveFiles(names)).toEqual([
      '/run/modprobe.d/a.conf',
      '/usr/local/lib/modprobe.d/b.conf',
      '/etc/modprobe.d/c.conf',
      '/usr/lib/modprobe.d/d.conf',
    ]);
  });

  it.each<[string, string, object[]]>([
    ['a command', 'options vfio-pci ids=1:2\n', [{ command: 'options', module: 'vfio_pci', rest: 'ids=1:2' }]],
    ['blanks and tabs', '\t options \t vfio_pci   ids=1:2  \n', [{ command: 'options', module: 'vfio_pci', rest: 'ids=1:2' }]],
    ['a line that goes on', 'options vfio-pci \\\n  ids=1:2\n', [{ rest: 'ids=1:2' }]],
    ['a line that goes on in the middle of a word', 'options vfio-pci ids=1:2,\\\n3:4,\\\n5:6\n', [{ rest: 'ids=1:2,3:4,5:6' }]],
    ['a line that does not go on', 'options vfio-pci ids=\\1:2\nblacklist igb\n', [{ module: 'vfio_pci' }, { command: 'blacklist', module: 'igb' }]],
    ['a comment', '# options vfio-pci ids=1:2\n', []],
    ['a command without more', 'blacklist nouveau\n', [{ command: 'blacklist', module: 'nouveau', rest: '' }]],
    ['lines of Windows', 'install igb /bin/false\r\n', [{ command: 'install', module: 'igb', rest: '/bin/false' }]],
    ['half a command', 'options\n', []],
  ])('has %s', (_, text, expected) => {
    expect(parseModprobe('/etc/modprobe.d/x.conf', text)).toMatchObject(expected);
    expect(parseModprobe('x', text)).toHaveLength(expected.length);
  });
});
