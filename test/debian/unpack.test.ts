import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unpackPackages } from '../../lab/debian/unpack.ts';
import { archiveOf, makeDeb } from './repository.ts';

describe('a file that is no whole Debian package', () => {
  const whole = makeDeb({ name: 'libc6', version: '1', bytes: 5000 });
  it.each([
    ['is empty', Buffer.alloc(0), /is no Debian package/],
    ['is a web page', Buffer.from('<html>'), /is no Debian package/],
    ['ends in the middle of its data', whole.subarray(0, whole.length - 1000), /is a damaged Debian package/],
    ['has no data', archiveOf({ 'debian-binary': Buffer.from('2.0\n') }), /is a damaged Debian package/],
    ['says it is longer than it is', Buffer.from(whole.toString('latin1').replace(/4 {9}`/, '9999999999`'), 'latin1'), /is a damaged Debian package/],
    [
      'has data that are not what they say',
      archiveOf({ 'debian-binary': Buffer.from('2.0\n'), 'data.tar.xz': Buffer.from('not xz at all') }),
      /xz ended with 1/,
    ],
  ])('is refused when it %s', async (_, bytes, message) => {
    const directory = mkdtempSync(join(tmpdir(), 'unpack-'));
    writeFileSync(join(directory, 'a.deb'), bytes);
    await expect(unpackPackages([join(directory, 'a.deb')], join(directory, 'tree'))).rejects.toThrow(message);
  });
});
