/** Files and directories that people name: what is wrong with the name is said in words, and the exit status is that of a wrong command line. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostdev } from '../../test/capture.ts';
import { onPc } from '../../test/guests.ts';
import { explainUnread, whyUnwritten } from '../files/explain.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-names-'));
  mkdirSync(join(directory, 'folder'));
  writeFileSync(join(directory, 'file'), 'x\n');
  writeFileSync(join(directory, 'guest.xml'), onPc('web', 2));
  symlinkSync('circle', join(directory, 'circle'));
});

const COMMANDS: readonly (readonly string[])[] = [
  ['list', '--host', 'NAME'],
  ['show', '1:0.0', '--host', 'NAME'],
  ['check', '--host', 'NAME'],
  ['check', '1:0.0', '--host', 'NAME'],
  ['xml', '1:0.0', '--group', '--host', 'NAME'],
  ['prepare', '1:0.0', '--dry-run', '--host', 'NAME'],
  ['release', '1:0.0', '--dry-run', '--host', 'NAME'],
  ['vf', 'create', '1:0.0', '2', '--dry-run', '--host', 'NAME'],
  ['slot', 'list', '--host', 'NAME'],
  ['persistent', '--host', 'NAME'],
  ['attach', 'DIR/guest.xml', '1:0.0', '--dry-run', '--host', 'NAME'],
  ['validate', 'DIR/guest.xml', '--host', 'NAME'],
  ['expand', 'DIR/guest.xml', '--host', 'NAME'],
  ['args', 'DIR/guest.xml', '--host', 'NAME'],
  ['topology', 'DIR/guest.xml', '--capabilities', 'NAME'],
  ['validate', 'DIR/guest.xml', '--capabilities', 'NAME'],
  ['attach', 'NAME', '1:0.0', '--dry-run'],
  ['detach', 'NAME', '1:0.0', '--dry-run'],
  ['expand', 'NAME'],
  ['args', 'NAME'],
  ['topology', 'NAME'],
  ['validate', 'NAME'],
  ['validate', 'DIR/guest.xml', 'NAME'],
];

const WRONG: readonly (readonly [what: string, name: string, words: RegExp])[] = [
  ['is not there', 'DIR/nowhere.xml', /there is no (?:preset and no )?file/],
  ['is a directory', 'DIR/folder', /is a directory, not a file/],
  ['leads through a file', 'DIR/file/x.xml', /there is no file .*: a part of the path is no directory/],
  ['is a link to itself', 'DIR/circle', /there is no file .*: symbolic links lead in a circle/],
];

describe.each(WRONG)('a name of a file that %s', (_, name, words) => {
  it.each(COMMANDS.map((each) => [each.join(' '), each] as const))('is told by `%s`, with status 2 and without words of the system', async (_line, command) => {
    const { status, stdout, stderr } = await hostdev(command.map((word) => word.replace('NAME', name).replace('DIR', directory)));
    const said = stdout + stderr;
    expect([status, said]).toEqual([2, expect.stringMatching(words)]);
    expect(said).not.toMatch(/ENO|EISDIR|EACCES|ELOOP|syscall|\bat .*\.ts:|internal error/);
    expect(said).toMatch(/hint: /);
  });
});

describe('a directory that is given for a tree', () => {
  it.each([
    ['is not there', 'DIR/nowhere'],
    ['is a file', 'DIR/file'],
    ['has no sysfs in it', 'DIR/folder'],
  ])('and %s is told, with status 2', async (_, name) => {
    for (const command of [['list'], ['check'], ['check', '1:0.0'], ['snapshot'], ['prepare', '1:0.0', '--dry-run']]) {
      const { status, stderr } = await hostdev([...command, '--root', name.replace('DIR', directory)]);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/holds no sysfs tree[\s\S]*hint: give a directory/)]);
    }
  });
});

describe('what the system says about a file', () => {
  const failed = (code: string): Error => Object.assign(new Error(`${code}: whatever, open '/x'`), { code });

  it.each([
    ['EACCES', 'file-unreadable', 'guest.xml cannot be read: you may not read it'],
    ['EIO', 'file-unreadable', 'guest.xml cannot be read: the disk or the network has failed (input/output error)'],
    ['ENXIO', 'file-not-found', 'guest.xml is a socket or a device without a driver, not a file'],
  ])('%s is said in words', (code, expected, message) => {
    expect(explainUnread(failed(code), { name: 'guest.xml', hint: 'h' })).toMatchObject({ code: expected, message });
  });

  it('and is none of the system stays what it is', () => {
    const bug = new TypeError('x is not a function');
    expect(explainUnread(bug, { name: 'guest.xml', hint: 'h' })).toBe(bug);
  });

  it.each([
    ['EACCES', 'you may not write there'],
    ['EROFS', 'its file system is read-only'],
    ['ENOSPC', 'the disk is full'],
  ])('%s is why a file was not written', (code, words) => {
    expect(whyUnwritten(failed(code))).toBe(words);
  });
});

describe('`check --group`', () => {
  it.each([
    ['this machine', []],
    ['JSON', ['--json']],
  ])('without address is refused for %s: there is no group of nothing', async (_, more) => {
    const { status, stderr } = await hostdev(['check', '--group', ...more]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/--group.*no function is named[\s\S]*hint: name/)]);
  });
});

describe('what is no file that could be replaced', () => {
  const fifo = (): string => join(directory, 'fifo');
  beforeAll(() => void execFileSync('mkfifo', [fifo()]));

  it.each([
    ['attach', ['attach', 'NAME', '1:0.0']],
    ['detach', ['detach', 'NAME', '1:0.0']],
    ['expand --in-place', ['expand', 'NAME', '--host', 'none', '--in-place']],
  ])('is refused by %s before anything is read: a pipe, standard input by another name', async (_, words) => {
    const file = join(directory, 'behind.xml');
    writeFileSync(file, onPc('web', 2));
    const handle = await open(file);
    const link = join(mkdtempSync(join(directory, 'link-')), 'guest.xml');
    symlinkSync(`/proc/self/fd/${handle.fd}`, link);
    for (const name of [fifo(), `/proc/self/fd/${handle.fd}`, `/dev/fd/${handle.fd}`, link]) {
      const { status, stderr } = await hostdev(words.map((word) => word.replace('NAME', name)));
      expect([status, stderr]).toEqual([1, expect.stringMatching(/is not a regular file[^]*\[file-unwritable\]\n {2}hint: name the file itself/)]);
    }
    await handle.close();
    expect(readFileSync(file, 'utf8')).toBe(onPc('web', 2));
  });

  it.each([
    ['expand', ['expand', 'NAME', '--host', 'none']],
    ['attach --dry-run', ['attach', 'NAME', '1:0.0', '--dry-run']],
  ])('is read by %s all the same', async (_, words) => {
    spawn('sh', ['-c', 'echo "$2" >"$1"', 'sh', fifo(), onPc('web', 2)], { stdio: 'ignore' });
    expect(await hostdev(words.map((word) => word.replace('NAME', fifo())))).toMatchObject({ status: 0 });
  });

  it('is given up where nobody writes into it', async () => {
    const { status, stdout } = await hostdev(['validate', fifo()]);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/cannot be read: it is a pipe, and nobody writes into it/)]);
  }, 10_000);
});
