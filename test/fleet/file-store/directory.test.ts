import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { initDirectory, planDirectory } from '../../../src/fleet/file-store/directory.ts';
import { realDisk } from '../../../src/fleet/file-store/disk.ts';
import { ensureFileSystem } from '../../../src/fleet/file-store/file-system.ts';
import { initFileStore, openFileStore, planFileStore } from '../../../src/fleet/file-store/file-store.ts';
import { seal } from '../../../src/fleet/file-store/sealed.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { faultyDisk } from './faulty-disk.ts';
import { newDirectory } from './new-directory.ts';

let parent: string;
let path: string;
const opened: FleetStore[] = [];

beforeEach(() => {
  parent = newDirectory();
  path = join(parent, 'fleet');
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(parent, { recursive: true });
});

const open = async (disk = faultyDisk()): Promise<FleetStore> => {
  const store = await openFileStore(path, disk);
  opened.push(store);
  return store;
};
const put = (key: string): Parameters<FleetStore['commit']>[0] => ({ compares: [], operations: [{ kind: 'put', key, value: new Uint8Array(3) }] });
const at = (...names: string[]): string => join(path, ...names);
const revision = (number: number): string => `${number}`.padStart(16, '0');

describe('a directory becomes the store of a fleet', () => {
  it('that its group may write and nobody else may look into, and stays one when it is made again', async () => {
    expect(await initFileStore(path)).toBe('made');
    expect(['', 'log', 'snapshots', 'new', 'alive'].map((name) => (statSync(at(name)).mode & 0o7777).toString(8))).toEqual(
      Array.from({ length: 5 }, () => '2770'),
    );
    const umask = process.umask(0o077);
    await (await open()).commit(put('a')).finally(() => process.umask(umask));
    expect((statSync(at('log', revision(1))).mode & 0o777).toString(8)).toBe('640');
    const before = readFileSync(at('fleet-store'));
    expect(await initFileStore(path)).toBe('nothing');
    expect(readFileSync(at('fleet-store'))).toEqual(before);
    expect((await (await open()).get(['a'])).entries).toHaveLength(1);
  });

  it('with the mode that it has where it is there already', async () => {
    mkdirSync(path, { mode: 0o750 });
    chmodSync(path, 0o750);
    await initFileStore(path);
    expect([path, at('log')].map((each) => (statSync(each).mode & 0o7777).toString(8))).toEqual(['750', '750']);
  });

  it('once, by whoever of several at once is first', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, async () => initFileStore(path)));
    expect(made.toSorted()).toEqual(['made', ...Array.from({ length: 7 }, () => 'nothing')]);
    expect(readdirSync(at('new'))).toEqual([]);
  });

  it('also where somebody was stopped in the middle of it', async () => {
    for (const name of ['', 'log', 'new']) mkdirSync(at(name));
    writeFileSync(at('new', 'half'), 'x');
    expect(await initFileStore(path)).toBe('made');
    expect((await (await open()).commit(put('a'))).outcome).toBe('done');
  });

  it.each<[string, string, () => void]>([
    ['has something else in it', 'has something else in it: "notes"', () => (mkdirSync(path), writeFileSync(at('notes'), ''))],
    ['is a file', 'is no directory', () => writeFileSync(path, '')],
    ['is a symbolic link', 'is a symbolic link', () => (mkdirSync(join(parent, 'real')), symlinkSync('real', path))],
    ['can be written by everybody', 'can be written by everybody', () => (mkdirSync(path), chmodSync(path, 0o777))],
  ])('not where it %s', async (_, message, prepare) => {
    prepare();
    const before = readdirSync(parent, { recursive: true });
    await expect(initFileStore(path)).rejects.toMatchObject({ code: 'fleet-directory', message: expect.stringContaining(message) });
    expect(readdirSync(parent, { recursive: true })).toEqual(before);
  });

  it('not where its parent is not there', async () => {
    await expect(initFileStore(join(path, 'deeper'))).rejects.toMatchObject({ code: 'fleet-unwritable', message: expect.stringContaining(path) });
    await expect(planFileStore(join(path, 'deeper'))).rejects.toMatchObject({ code: 'fleet-unwritable', message: expect.stringContaining(path) });
  });

  it('not where somebody else writes, which a dry run says as well', async () => {
    // Root may write everywhere: a disk says what the kernel says to others.
    const ofOthers = { ...realDisk, mayWriteInto: () => Promise.reject(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })) };
    for (const make of [planDirectory, initDirectory]) {
      await expect(make(path, ofOthers)).rejects.toMatchObject({ code: 'fleet-unwritable', message: expect.stringContaining('you may not write there') });
    }
    expect(existsSync(path)).toBe(false);
  });

  it('not below a file system that is none for it, where nothing is left behind', async () => {
    const overFuse = { ...realDisk, fileSystem: async () => 0x65735546 };
    for (const make of [planDirectory, initDirectory]) await expect(make(path, overFuse)).rejects.toMatchObject({ code: 'fleet-directory' });
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    [0x4d44, 'FAT'],
    [0xff534d42, 'SMB'],
    [0xff534d42 | 0, 'SMB'],
    [0x65735546, 'FUSE'],
    [0x01021997, '9p'],
  ])('not on a file system of type %i, which is %s', (type, name) => {
    expect(() => ensureFileSystem(path, type)).toThrow(expect.objectContaining({ code: 'fleet-directory', message: expect.stringContaining(name) }));
  });

  it.each([
    [0xef53, 'ext4'],
    [0x58465342, 'XFS'],
    [0x6969, 'NFS'],
  ])('on one of type %i, which is %s', (type) => {
    expect(() => ensureFileSystem(path, type)).not.toThrow();
  });
});

describe('a directory is not opened', () => {
  it.each<[string, string, () => void]>([
    ['that is not there', 'is not there', () => rmSync(path, { recursive: true })],
    ['that is none of a fleet', 'is not the directory of a fleet', () => rmSync(at('fleet-store'))],
    ['that everybody may write', 'can be written by everybody', () => chmodSync(path, 0o2777)],
    ['whose log everybody may write', 'can be written by everybody', () => chmodSync(at('log'), 0o2772)],
    ['whose log is a symbolic link', 'is a symbolic link', () => (renameSync(at('log'), at('old')), symlinkSync('old', at('log')))],
    ['whose log is not there', 'is not there', () => rmSync(at('log'), { recursive: true })],
  ])('%s', async (_, message, spoil) => {
    await initFileStore(path);
    spoil();
    await expect(openFileStore(path)).rejects.toMatchObject({ code: 'fleet-directory', message: expect.stringContaining(message), hint: expect.any(String) });
  });

  it.each<[string, () => void, string]>([
    [
      'whose log is not there, which nobody may make anew',
      () => rmSync(at('log'), { recursive: true }),
      'put the directory back from a copy; what guests have stays theirs',
    ],
    ['that everybody may write, unless it is for everybody', () => chmodSync(path, 0o0777), `chmod o-w `],
    ['that is for everybody, as /tmp', () => chmodSync(path, 0o1777), 'name a directory that is for the fleet alone'],
  ])('%s, with a hint that can be followed', async (_, spoil, hint) => {
    await initFileStore(path);
    spoil();
    await expect(openFileStore(path)).rejects.toMatchObject({ code: 'fleet-directory', hint: expect.stringContaining(hint) as unknown });
  });

  it.each<[string, string, string | Buffer]>([
    ['whose first file is empty', 'fleet-damaged', ''],
    ['whose first file is of something else', 'fleet-damaged', seal('transaction', '{}')],
    ['whose first file was edited', 'fleet-damaged', `${seal('store', '{"snapshotEvery":500}')} `],
    ['that says nonsense', 'fleet-damaged', seal('store', '{"snapshotEvery":0}')],
    ['that a newer hostdev has made', 'fleet-newer', `hostdev-fleet-store 2 ${'0'.repeat(64)}\nwhatever it has`],
    ['whose first file has no end', 'fleet-damaged', Buffer.alloc(100_000)],
  ])('%s', async (_, code, bytes) => {
    await initFileStore(path);
    rmSync(at('fleet-store'));
    writeFileSync(at('fleet-store'), bytes);
    await expect(openFileStore(path)).rejects.toMatchObject({ code });
  });
});

describe('a file of the log that is not as it was written is named, and nothing is decided any more', () => {
  const second = (): string => at('log', revision(2));
  it.each<[string, string, () => void]>([
    ['missing', 'fleet-damaged', () => rmSync(second())],
    ['cut', 'fleet-damaged', () => truncateSync(second(), statSync(second()).size - 5)],
    ['empty', 'fleet-damaged', () => truncateSync(second(), 0)],
    ['edited', 'fleet-damaged', () => writeFileSync(second(), readFileSync(second(), 'latin1').replace('AAAA', 'AAAB'))],
    ['one of another kind', 'fleet-damaged', () => copyFileSync(at('fleet-store'), second())],
    ['whole, and without sense', 'fleet-damaged', () => writeFileSync(second(), seal('transaction', '{"id":"x","operations":[["rename","a"]]}'))],
    ['a directory', 'fleet-damaged', () => (rmSync(second()), mkdirSync(second()))],
    ['a symbolic link', 'fleet-damaged', () => (renameSync(second(), at('log', 'there')), symlinkSync('there', second()))],
    ['a pipe', 'fleet-damaged', () => (rmSync(second()), execFileSync('mkfifo', [second()]))],
    ['larger than any', 'fleet-damaged', () => truncateSync(second(), 3 * 1024 * 1024)],
    ['of a newer hostdev', 'fleet-newer', () => writeFileSync(second(), readFileSync(second(), 'latin1').replace('transaction 1', 'transaction 2'))],
  ])('when it is %s', async (_, code, spoil) => {
    await initFileStore(path);
    const store = await open();
    for (const key of ['a', 'b', 'c']) await store.commit(put(key));
    spoil();
    const before = readdirSync(at('log'));
    const another = await open();
    const refusal = { code, subject: second(), message: expect.stringContaining(second()) };
    await expect(another.get(['a'])).rejects.toMatchObject(refusal);
    await expect(another.commit(put('d'))).rejects.toMatchObject(refusal);
    const watch = another.watch('a/', 0n, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject(refusal);
    expect(readdirSync(at('log'))).toEqual(before);
    expect(readdirSync(at('new'))).toEqual([]);
  });

  it('and names of other things beside it are nothing', async () => {
    await initFileStore(path);
    const store = await open();
    await store.commit(put('a'));
    for (const name of ['README', '2', '00000000000000x2', `${revision(2)}~`]) writeFileSync(at('log', name), 'x');
    writeFileSync(at('snapshots', 'README'), 'x');
    expect((await (await open()).commit(put('b'))).outcome).toBe('done');
    expect((await store.get(['b'])).entries).toHaveLength(1);
  });
});

describe('a store that nobody may write', () => {
  it.each([
    ['ENOSPC', 'fleet-full'],
    ['EDQUOT', 'fleet-full'],
    ['EROFS', 'fleet-unwritable'],
    ['EACCES', 'fleet-unwritable'],
  ])('because of %s says so, when the file is written or when it gets its name, and leaves nothing behind', async (code, expected) => {
    await initFileStore(path);
    const disk = faultyDisk();
    const store = await open(disk);
    for (const call of ['create', 'link'] as const) {
      disk.fail(call, code);
      await expect(store.commit(put('a'))).rejects.toMatchObject({ code: expected, message: expect.stringContaining(path) });
    }
    expect([...readdirSync(at('log')), ...readdirSync(at('new'))]).toEqual([]);
    expect((await store.commit(put('a'))).outcome).toBe('done');
  });

  it('is unclear where the file server may have given the name all the same, and says done where it is seen to have', async () => {
    await initFileStore(path);
    const disk = faultyDisk();
    const store = await open(disk);
    disk.fail('link', 'EIO');
    expect(await store.commit(put('a'))).toMatchObject({ outcome: 'unclear', why: expect.stringContaining('EIO') });
    // A server that is asked twice, because its first answer was lost, says that the name is taken.
    disk.fail('link', 'EEXIST', { when: 'after' });
    expect(await store.commit(put('b'))).toEqual({ outcome: 'done', revision: 1n });
    expect(readdirSync(at('log'))).toEqual([revision(1)]);
  });

  it('is unreadable while its file server is away', async () => {
    await initFileStore(path);
    const disk = faultyDisk();
    const store = await open(disk);
    disk.fail('names', 'ESTALE', { times: 2 });
    await expect(store.get(['a'])).rejects.toMatchObject({ code: 'fleet-unreadable' });
    await expect(store.commit(put('a'))).rejects.toMatchObject({ code: 'fleet-unreadable' });
    expect((await store.commit(put('a'))).outcome).toBe('done');
  });
});
