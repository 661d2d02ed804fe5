/** What a relocatable archive is started by, and what has to be in it. */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redirectScripts, stageLicences } from '../../packaging/archive/debian-node.ts';
import { parseNeeded } from '../../packaging/archive/elf.ts';
import { launcher } from '../../packaging/archive/launcher.ts';

describe('bin/hostdev of an archive', () => {
  let directory: string;
  let place: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hostdev-archive-'));
    place = join(directory, "a place's name");
    await mkdir(join(place, 'bin'), { recursive: true });
    await mkdir(join(place, 'lib/node'), { recursive: true });
    await writeFile(join(place, 'bin/hostdev'), launcher({ directory: 'lib/node' }), { mode: 0o755 });
    for (const name of ['node', 'ld.so']) await writeFile(join(place, 'lib/node', name), `#!/bin/sh\necho "${name}"; printf '<%s>' "$@"\n`, { mode: 0o755 });
  });
  afterEach(() => rm(directory, { recursive: true }));
  const run = (program: string, cwd = '/'): string => execFileSync(program, ['list', 'two words'], { cwd, encoding: 'utf8' });
  const expected = (): string => `node\n<${place}/lib/hostdev/cli/cli.cjs><list><two words>`;

  it('starts the Node beside it, from wherever it is unpacked and called', () => {
    expect(run(join(place, 'bin/hostdev'))).toBe(expected());
    expect(run('./bin/hostdev', place)).toBe(expected());
    expect(
      execFileSync('/bin/sh', ['-c', 'hostdev list "two words"'], { env: { PATH: `${place}/bin:/usr/bin:/bin`, CDPATH: '/tmp:/' }, encoding: 'utf8' }),
    ).toBe(expected());
  });

  it('is found through links, absolute and relative ones', async () => {
    await symlink(join(place, 'bin/hostdev'), join(directory, 'one'));
    await symlink('one', join(directory, 'two'));
    expect(run(join(directory, 'two'))).toBe(expected());
    expect(run('./two', directory)).toBe(expected());
  });

  it('starts Node with its own loader where it has one', async () => {
    await writeFile(join(place, 'bin/hostdev'), launcher({ directory: 'lib/node', loader: 'ld.so' }));
    await mkdir(join(place, 'lib/node/share'));
    expect(run(join(place, 'bin/hostdev'))).toBe(
      `ld.so\n<--library-path><${place}/lib/node><${place}/lib/node/node><${place}/lib/hostdev/cli/cli.cjs><list><two words>`,
    );
  });
});

describe("the scripts that Debian's Node reads when it starts", () => {
  it('are read from what the launcher has opened, and nothing in the library moves', () => {
    const bytes = Buffer.from('a\0/usr/share/nodejs/acorn/dist/acorn.js\0b\0/usr/share/nodejs/x.js\0c, say /usr/share/nodejs/y.js, d\0', 'latin1');
    const length = bytes.length;
    expect(redirectScripts(bytes)).toEqual(['acorn/dist/acorn.js', 'x.js']);
    expect([bytes.toString('latin1'), bytes.length]).toEqual([
      'a\0/proc/self/fd/9///acorn/dist/acorn.js\0b\0/proc/self/fd/9///x.js\0c, say /usr/share/nodejs/y.js, d\0',
      length,
    ]);
  });
});

describe("the licences of Debian's packages", () => {
  let tree: string;
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  };
  beforeEach(async () => {
    tree = await mkdtemp(join(tmpdir(), 'hostdev-licences-'));
    await put('usr/share/doc/gcc-base/copyright', 'of gcc');
    await put('usr/share/doc/examples/README', 'no package');
    await put('usr/share/common-licenses/GPL-3', 'the text');
    await symlink('gcc-base', join(tree, 'usr/share/doc/libgcc'));
    await symlink('GPL-3', join(tree, 'usr/share/common-licenses/GPL'));
  });
  afterEach(() => rm(tree, { recursive: true }));

  it('come with the archive as files, and with them the texts that they point to', async () => {
    await stageLicences(tree, join(tree, 'to'));
    const found = ['gcc-base', 'libgcc', 'common-licenses/GPL-3', 'common-licenses/GPL'].map((name) => [
      lstatSync(join(tree, 'to', name)).isFile(),
      readFileSync(join(tree, 'to', name), 'utf8'),
    ]);
    expect(found).toEqual([
      [true, 'of gcc'],
      [true, 'of gcc'],
      [true, 'the text'],
      [true, 'the text'],
    ]);
  });

  it.each(['usr/share/doc/gcc-base', 'usr/share/common-licenses'])('stop the build where %s is missing', async (path) => {
    await rm(join(tree, path), { recursive: true });
    await expect(stageLicences(tree, join(tree, 'to'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the libraries of a program', () => {
  /** A program of 64 bits that asks for libraries and has nothing else. */
  const program = (names: readonly string[], little: boolean): Uint8Array => {
    const text = `\0${names.map((name) => `${name}\0`).join('')}`;
    const bytes = Buffer.alloc(512);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const [table, dynamic, strings, base] = [64, 192, 352, 0x10000];
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2]);
    view.setBigUint64(32, BigInt(table), little);
    view.setUint16(54, 56, little);
    view.setUint16(56, 2, little);
    const segment = (at: number, type: number, [offset, address, size]: readonly [number, number, number]): void => {
      view.setUint32(at, type, little);
      for (const [i, value] of [offset, address, size].entries()) view.setBigUint64(at + [8, 16, 32][i]!, BigInt(value), little);
    };
    segment(table, 1, [0, base, 512]);
    const entries: [number, number][] = [[5, base + strings], ...names.map((name): [number, number] => [1, text.indexOf(`\0${name}\0`) + 1]), [0, 0]];
    segment(table + 56, 2, [dynamic, base + dynamic, entries.length * 16]);
    for (const [i, [tag, value]] of entries.entries()) {
      view.setBigUint64(dynamic + i * 16, BigInt(tag), little);
      view.setBigUint64(dynamic + i * 16 + 8, BigInt(value), little);
    }
    bytes.write(text, strings, 'latin1');
    return bytes;
  };

  it.each([
    ['little', true],
    ['big', false],
  ])('are read in %s-endian byte order', (_, little) => {
    expect(parseNeeded(program(['libc.so.6', 'libm.so.6'], little))).toEqual(['libc.so.6', 'libm.so.6']);
    expect(parseNeeded(program([], little))).toEqual([]);
  });

  it('are those that this Node asks for', { skip: process.platform !== 'linux' || !existsSync(process.execPath) }, () => {
    expect(parseNeeded(readFileSync(process.execPath))).toContain('libc.so.6');
  });

  it('are not looked for in what is no program', () => {
    expect(() => parseNeeded(Buffer.from('#!/bin/sh\n'))).toThrow('no ELF file of 64 bits');
  });
});
